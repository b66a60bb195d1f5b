"""Global suppression: who gets no e-mail at all, and the jobs that change it.

It stops e-mail only, at the moment of sending, and leaves consent alone. Taking it back lifts
``USER_SUPPRESSED`` whoever set it, so what there was before has to be read first.
https://developers.klaviyo.com/en/reference/bulk_suppress_profiles
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from connectors.errors import Refused
from connectors.roles import Marketing
from connectors.types import EmailState, EmailSuppression, Job
from connectors.values import instant, mapping, rows, text
from connectors.vendors.klaviyo.api import Item, attributes, everything, item, items, needing, segment
from connectors.vendors.klaviyo.profiles import email_of, profile_pages

BY_HAND = "USER_SUPPRESSED"  # by a person in Klaviyo or by a job: the two look the same
SUPPRESS, UNSUPPRESS = "suppress", "unsuppress"  # what a receipt begins with
TYPES = {SUPPRESS: "profile-suppression-bulk-create-job", UNSUPPRESS: "profile-suppression-bulk-delete-job"}


class Suppressions(Marketing):
    suppress_batch: ClassVar[int] = 100

    def email_states(self, emails: Sequence[str]) -> dict[str, EmailState]:
        found: dict[str, EmailState] = {}
        fields = {"additional-fields[profile]": "subscriptions"}
        for response in profile_pages(self.client, emails, fields):
            now = response.answered_at
            found |= {email_of(each): _state(each, now) for each in items(response) if email_of(each)}
        return found

    def suppress(self, emails: Sequence[str]) -> Job:
        """An unknown e-mail becomes a new profile."""
        with needing("profiles:write", "subscriptions:write"):
            return self._begin(SUPPRESS, emails)

    def unsuppress(self, emails: Sequence[str]) -> Job:
        with needing("subscriptions:write"):
            return self._begin(UNSUPPRESS, emails)

    def suppression_job(self, receipt: str) -> Job:
        kind, _, job = receipt.partition(":")
        if kind not in TYPES:
            raise Refused("This is no receipt of a suppression at Klaviyo.", code="job_unknown")
        with needing("subscriptions:read"):
            return _job(kind, item(self.client.get(f"{_path(kind)}/{segment(job)}")))

    def suppression_jobs(self, *, lifting: bool, since: datetime) -> list[Job]:
        kind = UNSUPPRESS if lifting else SUPPRESS
        found: list[Job] = []
        with needing("subscriptions:read"):
            for each in everything(self.client, _path(kind), {"sort": "-created"}):
                job = _job(kind, each)
                if job.began_at and job.began_at < since:
                    break
                found.append(job)
        return found

    def _begin(self, kind: str, emails: Sequence[str]) -> Job:
        profiles = [{"type": "profile", "attributes": {"email": each}} for each in emails]
        body: dict[str, Any] = {"type": TYPES[kind], "attributes": {"profiles": {"data": profiles}}}
        return _job(kind, item(self.client.post(_path(kind), json={"data": body})))


def _path(kind: str) -> str:
    return f"/api/{TYPES[kind]}s"


def _job(kind: str, found: Item) -> Job:
    about = attributes(found)
    status = about.get("status")
    return Job(
        receipt=f"{kind}:{text(found.get('id'), 80)}",
        is_done=status in ("complete", "cancelled"),
        is_cancelled=status == "cancelled",
        began_at=instant(about.get("created_at")),
        ended_at=instant(about.get("completed_at")),
        total=_count(about.get("total_count")),
        skipped=_count(about.get("skipped_count")),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _state(profile: Item, now: datetime | None) -> EmailState:
    email = mapping(mapping(attributes(profile).get("subscriptions")).get("email"))
    marketing = mapping(email.get("marketing"))
    return EmailState(
        profile_id=text(profile.get("id"), 60),
        consent=text(marketing.get("consent"), 40),
        can_receive=bool(marketing.get("can_receive_email_marketing")),
        suppressions=tuple(_suppression(each) for each in rows(marketing.get("suppression"))),
        read_at=now,
    )


def _suppression(found: Item) -> EmailSuppression:
    reason = text(found.get("reason"), 40)
    return EmailSuppression(reason=reason, at=instant(found.get("timestamp")), is_by_hand=reason == BY_HAND)

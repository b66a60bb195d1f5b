"""People: look-up, properties and suppression. https://developers.klaviyo.com/en/reference/profiles_api_overview

Suppressing stops e-mail only and leaves consent alone. Taking it back lifts ``USER_SUPPRESSED`` whoever
set it, so what there was before has to be read first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from connectors.errors import Refused
from connectors.masking import masked
from connectors.roles import Marketing
from connectors.values import instant, mapping, rows, text
from connectors.vendors.klaviyo.api import (
    Item,
    any_of,
    attributes,
    everything,
    in_filters,
    item,
    items,
    needing,
    segment,
)

PAGE = 100

# What a receipt begins with → where its job is, and what reading it takes.
JOBS = {
    "import": "/api/profile-bulk-import-jobs",
    "suppress": "/api/profile-suppression-bulk-create-jobs",
    "unsuppress": "/api/profile-suppression-bulk-delete-jobs",
}
SCOPES = {
    "import": ("profiles:read", "lists:read"),
    "suppress": ("subscriptions:read",),
    "unsuppress": ("subscriptions:read",),
}


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why a person gets no e-mail."""

    reason: str
    at: datetime | None = None


class EmailState(msgspec.Struct, frozen=True, kw_only=True):
    """What Klaviyo knows about writing to a person."""

    profile_id: str
    consent: str
    can_receive: bool
    suppressions: tuple[Suppressed, ...] = ()


class Profiles(Marketing):
    def profile_ids(self, emails: Sequence[str]) -> dict[str, str]:
        return ids_by_email(self._profiles(emails, {"fields[profile]": "email"}), emails)

    def email_states(self, emails: Sequence[str]) -> dict[str, EmailState]:
        """Lower-case e-mail → state, for those Klaviyo knows."""
        found = self._profiles(emails, {"additional-fields[profile]": "subscriptions"})
        return {_email(each): _state(each) for each in found if _email(each)}

    def set_properties(self, people: Mapping[str, Mapping[str, Any]]) -> str:
        """An unknown e-mail becomes a new profile. One person is done at once, several are a job."""
        profiles = [_profile(email, {"properties": dict(given)}) for email, given in people.items()]
        if len(profiles) == 1:
            with needing("profiles:write"):
                self.client.post("/api/profile-import", json={"data": profiles[0]})
            return ""
        body = _job("profile-bulk-import-job", profiles)
        with needing("profiles:write", "lists:write"):
            return _receipt("import", item(self.client.post(JOBS["import"], json=body)))

    def suppress(self, emails: Sequence[str]) -> str:
        """Stop e-mail to these people; answers with a receipt. An unknown one becomes a new profile."""
        body = _job("profile-suppression-bulk-create-job", [_profile(each) for each in emails])
        with needing("profiles:write", "subscriptions:write"):
            return _receipt("suppress", item(self.client.post(JOBS["suppress"], json=body)))

    def unsuppress(self, emails: Sequence[str]) -> str:
        """Lift what was suppressed by hand or by us; answers with a receipt."""
        body = _job("profile-suppression-bulk-delete-job", [_profile(each) for each in emails])
        with needing("subscriptions:write"):
            return _receipt("unsuppress", item(self.client.post(JOBS["unsuppress"], json=body)))

    def is_settled(self, receipt: str) -> bool:
        kind, _, job = receipt.partition(":")
        if kind not in JOBS:
            raise Refused("This is no receipt of a job at Klaviyo.", code="job_unknown")
        with needing(*SCOPES[kind]):
            about = attributes(item(self.client.get(f"{JOBS[kind]}/{segment(job)}")))
        status = about.get("status")
        if status == "cancelled":
            raise Refused("Klaviyo cancelled the job. Start it again.", code="job_cancelled")
        if status == "complete" and kind == "import" and about.get("failed_count"):
            raise self._import_failure(job, about)
        return status == "complete"

    def _import_failure(self, job: str, about: Mapping[str, Any]) -> Refused:
        path = f"{JOBS['import']}/{segment(job)}/import-errors"
        with needing("profiles:read"):
            errors = items(self.client.get(path, params={"page[size]": PAGE}))
        said = masked(text(attributes(errors[0]).get("detail"), 500)) if errors else "no reason given"
        count = f"{about.get('failed_count')} of {about.get('total_count')}"
        return Refused(f"Klaviyo could not store {count} profiles ({said}).", code="import_failed")

    def _profiles(self, emails: Sequence[str], fields: Mapping[str, str]) -> Iterator[Item]:
        with needing("profiles:read"):
            for group in in_filters(emails):
                asked = {"filter": any_of("email", group), "page[size]": PAGE, **fields}
                yield from everything(self.client, "/api/profiles", asked)


def ids_by_email(found: Iterable[Item], emails: Sequence[str]) -> dict[str, str]:
    """Lower-case e-mail → id, of those that were asked for."""
    asked = {each.lower() for each in emails}
    return {_email(each): text(each.get("id"), 60) for each in found if _email(each) in asked}


def _email(profile: Item) -> str:
    return text(attributes(profile).get("email"), 254).lower()


def _state(profile: Item) -> EmailState:
    email = mapping(mapping(attributes(profile).get("subscriptions")).get("email"))
    marketing = mapping(email.get("marketing"))
    return EmailState(
        profile_id=text(profile.get("id"), 60),
        consent=text(marketing.get("consent"), 40),
        can_receive=bool(marketing.get("can_receive_email_marketing")),
        suppressions=tuple(
            Suppressed(reason=text(each.get("reason"), 40), at=instant(each.get("timestamp")))
            for each in rows(marketing.get("suppression"))
        ),
    )


def _profile(email: str, more: Mapping[str, Any] | None = None) -> Item:
    return {"type": "profile", "attributes": {"email": email, **(more or {})}}


def _job(kind: str, profiles: Sequence[Item]) -> dict[str, Any]:
    return {"data": {"type": kind, "attributes": {"profiles": {"data": list(profiles)}}}}


def _receipt(kind: str, job: Item) -> str:
    return f"{kind}:{text(job.get('id'), 100)}"

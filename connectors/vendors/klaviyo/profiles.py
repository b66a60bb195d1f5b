"""People: look-up and properties. https://developers.klaviyo.com/en/reference/profiles_api_overview"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors.errors import Refused
from connectors.http import Client, Response
from connectors.masking import masked
from connectors.roles import Marketing
from connectors.values import text
from connectors.vendors.klaviyo.api import (
    Item,
    any_of,
    attributes,
    in_filters,
    item,
    items,
    needing,
    pages,
    segment,
)

PAGE = 100

IMPORTS = "/api/profile-bulk-import-jobs"


class Profiles(Marketing):
    def profile_ids(self, emails: Sequence[str]) -> dict[str, str]:
        return ids_by_email(self._profiles(emails, {"fields[profile]": "email"}), emails)

    def set_properties(self, people: Mapping[str, Mapping[str, Any]]) -> str:
        """An unknown e-mail becomes a new profile. One person is done at once, several are a job."""
        profiles = [_profile(email, {"properties": dict(given)}) for email, given in people.items()]
        if len(profiles) == 1:
            with needing("profiles:write"):
                self.client.post("/api/profile-import", json={"data": profiles[0]})
            return ""
        body = {"data": {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": profiles}}}}
        with needing("profiles:write", "lists:write"):
            return f"import:{text(item(self.client.post(IMPORTS, json=body)).get('id'), 100)}"

    def is_settled(self, receipt: str) -> bool:
        kind, _, job = receipt.partition(":")
        if kind != "import":
            raise Refused("This is no receipt of a job at Klaviyo.", code="job_unknown")
        with needing("profiles:read", "lists:read"):
            about = attributes(item(self.client.get(f"{IMPORTS}/{segment(job)}")))
        status = about.get("status")
        if status == "cancelled":
            raise Refused("Klaviyo cancelled the job. Start it again.", code="job_cancelled")
        if status == "complete" and about.get("failed_count"):
            raise self._import_failure(job, about)
        return status == "complete"

    def _import_failure(self, job: str, about: Mapping[str, Any]) -> Refused:
        path = f"{IMPORTS}/{segment(job)}/import-errors"
        with needing("profiles:read"):
            errors = items(self.client.get(path, params={"page[size]": PAGE}))
        said = masked(text(attributes(errors[0]).get("detail"), 500)) if errors else "no reason given"
        count = f"{about.get('failed_count')} of {about.get('total_count')}"
        return Refused(f"Klaviyo could not store {count} profiles ({said}).", code="import_failed")

    def _profiles(self, emails: Sequence[str], fields: Mapping[str, str]) -> Iterator[Item]:
        for response in profile_pages(self.client, emails, fields):
            yield from items(response)


def profile_pages(client: Client, emails: Sequence[str], fields: Mapping[str, str]) -> Iterator[Response]:
    """The people of these addresses, page by page."""
    with needing("profiles:read"):
        for group in in_filters(emails):
            asked = {"filter": any_of("email", group), "page[size]": PAGE, **fields}
            yield from pages(client, "/api/profiles", asked)


def ids_by_email(found: Iterable[Item], emails: Sequence[str]) -> dict[str, str]:
    """Lower-case e-mail → id, of those that were asked for."""
    asked = {each.lower() for each in emails}
    return {email_of(each): text(each.get("id"), 60) for each in found if email_of(each) in asked}


def email_of(profile: Item) -> str:
    return text(attributes(profile).get("email"), 254).lower()


def _profile(email: str, more: Mapping[str, Any]) -> Item:
    return {"type": "profile", "attributes": {"email": email, **more}}

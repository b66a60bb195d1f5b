"""Lists and who is on them. https://developers.klaviyo.com/en/reference/lists_api_overview"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.roles import Marketing
from connectors.values import text
from connectors.vendors.klaviyo.api import (
    any_of,
    attributes,
    equals,
    everything,
    identifier,
    in_filters,
    item,
    needing,
    segment,
)
from connectors.vendors.klaviyo.profiles import ids_by_email

MEMBERS = 100  # the most on a page
LISTS = 10


class Lists(Marketing):
    def find_list(self, name: str) -> str | None:
        asked = {"filter": equals("name", name), "page[size]": LISTS, "fields[list]": "name"}
        with needing("lists:read"):
            for found in everything(self.client, "/api/lists", asked):
                if attributes(found).get("name") == name:
                    return text(found.get("id"), 60)
        return None

    def create_list(self, name: str) -> str:
        body = {"data": {"type": "list", "attributes": {"name": name, "opt_in_process": "single_opt_in"}}}
        with needing("lists:write"):
            return text(item(self.client.post("/api/lists", json=body)).get("id"), 60)

    def list_name(self, list_id: str) -> str:
        with needing("lists:read"):
            found = self.client.get(f"/api/lists/{segment(list_id)}", params={"fields[list]": "name"})
        return text(attributes(item(found)).get("name"))

    def add_to_list(self, list_id: str, profile_ids: Sequence[str]) -> None:
        with needing("lists:write", "profiles:write"):
            self.client.post(_members(list_id), json=_identifiers(profile_ids))

    def remove_from_list(self, list_id: str, profile_ids: Sequence[str]) -> None:
        with needing("lists:write", "profiles:write"):
            self.client.delete(_members(list_id), json=_identifiers(profile_ids))

    def list_members(self, list_id: str) -> Iterator[str]:
        with needing("lists:read", "profiles:read"):
            for found in everything(self.client, _members(list_id), {"page[size]": MEMBERS}):
                yield text(found.get("id"), 60)

    def members_among(self, list_id: str, emails: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        with needing("lists:read", "profiles:read"):
            for group in in_filters(emails):
                asked = {
                    "filter": any_of("email", group),
                    "page[size]": MEMBERS,
                    "fields[profile]": "email",
                }
                path = f"/api/lists/{segment(list_id)}/profiles"
                found |= ids_by_email(everything(self.client, path, asked), emails)
        return found


def _members(list_id: str) -> str:
    return f"/api/lists/{segment(list_id)}/relationships/profiles"


def _identifiers(profile_ids: Sequence[str]) -> dict[str, object]:
    return {"data": [identifier("profile", each) for each in profile_ids]}

"""Tags on campaigns, flows, lists and segments. https://developers.klaviyo.com/en/reference/tags_api_overview"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.roles import Marketing
from connectors.values import text
from connectors.vendors.klaviyo.api import (
    attributes,
    equals,
    everything,
    identifier,
    item,
    needing,
    segment,
)

# What can carry a tag → the scope for changing it.
SCOPES = {
    "campaign": "campaigns:write",
    "flow": "flows:write",
    "list": "lists:write",
    "segment": "segments:write",
}


class Tags(Marketing):
    def tag(self, name: str, kind: str, ids: Sequence[str]) -> str:
        """Put a tag, made when there is none, on objects of one kind. Safe to repeat; answers its id."""
        tag_id = self._tag_id(name)
        body = {"data": [identifier(kind, each) for each in ids]}
        with needing("tags:write", SCOPES[kind]):
            self.client.post(f"/api/tags/{segment(tag_id)}/relationships/{kind}s", json=body)
        return tag_id

    def untag(self, name: str, kind: str, ids: Sequence[str]) -> None:
        """Take a tag off; the tag itself stays. Safe to repeat."""
        if tag_id := self._known_tag(name):
            body = {"data": [identifier(kind, each) for each in ids]}
            with needing("tags:write", SCOPES[kind]):
                self.client.delete(f"/api/tags/{segment(tag_id)}/relationships/{kind}s", json=body)

    def _known_tag(self, name: str) -> str:
        with needing("tags:read"):
            for found in everything(self.client, "/api/tags", {"filter": equals("name", name)}):
                if attributes(found).get("name") == name:
                    return text(found.get("id"), 60)
        return ""

    def _tag_id(self, name: str) -> str:
        if known := self._known_tag(name):
            return known
        body = {"data": {"type": "tag", "attributes": {"name": name}}}
        with needing("tags:write"):
            return text(item(self.client.post("/api/tags", json=body)).get("id"), 60)

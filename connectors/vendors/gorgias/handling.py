"""What can be done to a ticket in Gorgias. https://developers.gorgias.com/reference/the-ticket-object"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from connectors.automations import Automation
from connectors.errors import Conflict, Refused
from connectors.http import Client
from connectors.roles import Helpdesk
from connectors.values import mapping, text
from connectors.vendors.gorgias import fields, rules, tickets
from connectors.vendors.gorgias.lists import Row, everything

PRIORITIES = ("critical", "high", "normal", "low")


class Handling(Helpdesk):
    """The acting half of Gorgias. What an instance has looked up once it remembers."""

    def __init__(
        self, client: Client, credentials: Mapping[str, str], wants: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(client, credentials, wants)
        self._known_tags: set[str] = set()
        self._known_fields: dict[str, Any] = {}
        self._teams: list[Row] | None = None
        self._user_id: Any = None

    def tag_ticket(self, ticket_id: str, tag: str) -> None:
        """Setting ``tags`` on the ticket would replace them all; adding to them needs an existing tag."""
        self._ensure_tag(tag)
        self.client.post(f"/api/tickets/{_number(ticket_id)}/tags", json={"names": [tag]})

    def untag_ticket(self, ticket_id: str, tag: str) -> None:
        """A tag that the account does not have is on no ticket; naming it would be refused."""
        if self._is_known(tag):
            self.client.delete(f"/api/tickets/{_number(ticket_id)}/tags", json={"names": [tag]})

    def set_customer_field(self, customer_id: str, name: str, value: str) -> None:
        if name not in self._known_fields:
            self._known_fields[name] = fields.ensure(self.client, name)
        fields.fill(self.client, self._known_fields[name], customer_id, value)

    def set_priority(self, ticket_id: str, priority: str) -> None:
        if priority not in PRIORITIES:
            raise Refused(
                f"Gorgias has no priority “{priority}”. Choose one of: {', '.join(PRIORITIES)}.",
                code="priority_unknown",
            )
        self.client.put(f"/api/tickets/{_number(ticket_id)}", json={"priority": priority})

    def assign_team(self, ticket_id: str, team: str) -> None:
        """Only the id goes into the nested object: any other field would change the team itself."""
        self.client.put(
            f"/api/tickets/{_number(ticket_id)}", json={"assignee_team": {"id": self._team(team)}}
        )

    def add_note(self, ticket_id: str, text: str, key: str) -> None:
        note = {
            "channel": "internal-note",
            "via": "api",
            "from_agent": True,
            "public": False,
            "external_id": key,
            "sender": {"id": self._me()},
            "body_text": text,
        }
        self.client.post(f"/api/tickets/{_number(ticket_id)}/messages", json=note)

    def has_note(self, ticket_id: str, key: str) -> bool:
        asked = [("ticket_id", _number(ticket_id)), ("order_by", "created_datetime:desc")]
        return any(each.get("external_id") == key for each in everything(self.client, "/api/messages", asked))

    def rules(self) -> list[rules.ActiveRule]:
        """The helpdesk's own rules that are switched on."""
        return rules.active(self.client)

    def automations(self) -> Iterable[Automation]:
        return rules.automations(self.client)

    def _ensure_tag(self, tag: str) -> None:
        if not self._is_known(tag):
            with suppress(Conflict):  # somebody made it meanwhile
                self.client.post("/api/tags", json={"name": tag})
            self._known_tags.add(tag)

    def _is_known(self, tag: str) -> bool:
        if tag not in self._known_tags:
            listed = everything(self.client, "/api/tags", [("search", tag)])
            if any(each.get("name") == tag for each in listed):
                self._known_tags.add(tag)
        return tag in self._known_tags

    def _team(self, wanted: str) -> Any:
        if self._teams is None:
            self._teams = list(everything(self.client, "/api/teams"))
        for each in self._teams:
            if wanted == str(each.get("id")) or wanted.casefold() == str(each.get("name")).casefold():
                return each["id"]
        names = ", ".join(text(each.get("name"), 60) for each in self._teams[:20]) or "none"
        raise Refused(
            f"Gorgias has no team “{wanted}”. The teams there are: {names}. Correct the rule.",
            code="team_unknown",
        )

    def _me(self) -> Any:
        """A note has a sender: the user who made the key."""
        if self._user_id is None:
            self._user_id = mapping(self.client.get("/api/users/0").json).get("id")
        return self._user_id


def _number(ticket_id: str) -> str:
    if not tickets.is_number(ticket_id):
        raise Refused("This is no ticket number of Gorgias.", code="ticket_unknown")
    return ticket_id

"""What can be done to a ticket in Gorgias. https://developers.gorgias.com/reference/the-ticket-object

Some of it takes a look-up first, and a backlog leaves room for one call at a time: if each try began with the
look-up, that would be all it ever does. So what was looked up is remembered for a while, by this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.automations import Automation
from connectors.errors import Conflict, NotFound, NotYet, Refused, VendorError
from connectors.memory import Memory
from connectors.roles import Helpdesk, Replied
from connectors.values import mapping, text
from connectors.vendors.gorgias import fields, replying, rules, tickets
from connectors.vendors.gorgias.lists import Row, everything

PRIORITIES = ("critical", "high", "normal", "low")
REMEMBERED = timedelta(minutes=1)

_memory: Memory[Any] = Memory(5_000)


class Handling(Helpdesk):
    """The acting half of Gorgias."""

    _may_remember = True
    _has_remembered = False

    def tag_ticket(self, ticket_id: str, tag: str) -> None:
        """Setting ``tags`` on the ticket would replace them all; adding to them needs an existing tag."""

        def change() -> None:
            self._known(f"tag {tag}", lambda: self._ensure_tag(tag))
            self.client.post(f"/api/tickets/{_number(ticket_id)}/tags", json={"names": [tag]})

        self._by_memory(change)

    def untag_ticket(self, ticket_id: str, tag: str) -> None:
        """A tag that the account does not have is on no ticket; naming it would be refused."""

        def change() -> None:
            if self._known(f"tag {tag}", lambda: self._has_tag(tag) or None):
                self.client.delete(f"/api/tickets/{_number(ticket_id)}/tags", json={"names": [tag]})

        self._by_memory(change)

    def set_customer_field(self, customer_id: str, name: str, value: str) -> None:
        def change() -> None:
            field = self._known(f"field {name}", lambda: fields.ensure(self.client, name))
            fields.fill(self.client, field, customer_id, value)

        self._by_memory(change)

    def set_priority(self, ticket_id: str, priority: str) -> None:
        if priority not in PRIORITIES:
            raise Refused(
                f"Gorgias has no priority “{priority}”. Choose one of: {', '.join(PRIORITIES)}.",
                code="priority_unknown",
            )
        self.client.put(f"/api/tickets/{_number(ticket_id)}", json={"priority": priority})

    def assign_team(self, ticket_id: str, team: str) -> None:
        """Only the id goes into the nested object: any other field would change the team itself."""

        def change() -> None:
            assigned = {"assignee_team": {"id": self._team(team)}}
            self.client.put(f"/api/tickets/{_number(ticket_id)}", json=assigned)

        self._by_memory(change)

    def add_note(self, ticket_id: str, text: str, key: str) -> None:
        note = {
            "channel": "internal-note",
            "via": "api",
            "from_agent": True,
            "public": False,
            "external_id": key,
            "body_text": text,
        }

        def change() -> None:
            sent = note | {"sender": {"id": self._known("me", self._me)}}
            self.client.post(f"/api/tickets/{_number(ticket_id)}/messages", json=sent)

        self._by_memory(change)

    def has_note(self, ticket_id: str, key: str) -> bool:
        said = replying.conversation(self.client, _number(ticket_id))
        return any(each.get("external_id") == key for each in said)

    def reply(self, ticket_id: str, text: str, key: str) -> Replied:
        """What was said so far is remembered only until there is room for our answer."""
        number, what = _number(ticket_id), f"conversation {ticket_id}"
        said = self._known(what, lambda: replying.conversation(self.client, number))
        if reason := replying.why_not(said):
            self._forget(what)
            return Replied(why_not=reason)
        drafted = replying.draft(said, text, key, self._known("me", self._me))
        try:
            made = self.client.post(f"/api/tickets/{number}/messages", json=drafted)
        except NotYet:
            raise  # nothing was sent, and what was looked up is not looked up again
        except VendorError:
            self._forget(what)
            raise
        self._forget(what)
        return Replied(receipt=f"{number}/messages/{mapping(made.json).get('id')}")

    def has_reply(self, ticket_id: str, key: str) -> bool:
        return self.has_note(ticket_id, key)

    def has_left(self, receipt: str) -> bool:
        return replying.has_left(mapping(self.client.get(f"/api/tickets/{receipt}").json))

    def rules(self) -> list[rules.ActiveRule]:
        """The helpdesk's own rules that are switched on."""
        return rules.active(self.client)

    def automations(self) -> Iterable[Automation]:
        return rules.automations(self.client)

    def _by_memory(self, change: Callable[[], None]) -> None:
        """What was remembered may have changed since; then it is looked up and the change made once more."""
        self._may_remember, self._has_remembered = True, False
        try:
            change()
        except NotFound:
            raise  # the ticket itself
        except Refused:
            if not self._has_remembered:
                raise
            self._may_remember = False
            change()

    def _known(self, what: str, look: Callable[[], Any]) -> Any:
        key, now = f"{self.client.identity} {what}", datetime.now(UTC)
        known = _memory.get(key, now - REMEMBERED) if self._may_remember else None
        if known is not None:
            self._has_remembered = True
            return known
        found = look()
        if found is not None:
            _memory.keep(key, now, found)
        return found

    def _forget(self, what: str) -> None:
        _memory.drop(f"{self.client.identity} {what}")

    def _ensure_tag(self, tag: str) -> bool:
        if not self._has_tag(tag):
            with suppress(Conflict):  # somebody made it meanwhile
                self.client.post("/api/tags", json={"name": tag})
        return True

    def _has_tag(self, tag: str) -> bool:
        listed = everything(self.client, "/api/tags", [("search", tag)])
        return any(each.get("name") == tag for each in listed)

    def _team(self, wanted: str) -> Any:
        teams: list[Row] = self._known("teams", lambda: list(everything(self.client, "/api/teams")))
        for each in teams:
            if wanted == str(each.get("id")) or wanted.casefold() == str(each.get("name")).casefold():
                return each["id"]
        names = ", ".join(text(each.get("name"), 60) for each in teams[:20]) or "none"
        raise Refused(
            f"Gorgias has no team “{wanted}”. The teams there are: {names}. Correct the rule.",
            code="team_unknown",
        )

    def _me(self) -> Any:
        """A note has a sender: the user who made the key."""
        return mapping(self.client.get("/api/users/0").json).get("id")


def _number(ticket_id: str) -> str:
    if not tickets.is_number(ticket_id):
        raise Refused("This is no ticket number of Gorgias.", code="ticket_unknown")
    return ticket_id

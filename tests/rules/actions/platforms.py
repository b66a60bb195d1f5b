"""Platforms that keep what they were asked for, and fail when told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.errors import VendorError
from connectors.roles import Chat, Helpdesk, Marketing, MarketingEvent, Post, Replied, Storefront, Vendor

Fault = Callable[[Any], VendorError | None]


class Office(Helpdesk, Chat):
    """A helpdesk and a chat."""

    slug = "office"

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def tag_ticket(self, ticket_id: str, tag: str) -> None:
        self.calls.append(("tag", ticket_id, tag))

    def untag_ticket(self, ticket_id: str, tag: str) -> None:
        self.calls.append(("untag", ticket_id, tag))

    def set_customer_field(self, customer_id: str, name: str, value: str) -> None:
        self.calls.append(("field", customer_id, name, value))

    def set_priority(self, ticket_id: str, priority: str) -> None:
        self.calls.append(("priority", ticket_id, priority))

    def assign_team(self, ticket_id: str, team: str) -> None:
        self.calls.append(("team", ticket_id, team))

    def add_note(self, ticket_id: str, text: str, key: str) -> None:
        self.calls.append(("note", ticket_id, text, key))

    def has_note(self, ticket_id: str, key: str) -> bool:
        return any(call[0] == "note" and call[1] == ticket_id and call[3] == key for call in self.calls)

    def reply(self, ticket_id: str, text: str, key: str) -> Replied:
        if any(call[:2] == ("reply", ticket_id) for call in self.calls):
            return Replied(why_not="answered_already")
        self.calls.append(("reply", ticket_id, text, key))
        return Replied(receipt=f"{ticket_id}/messages/1")

    def has_reply(self, ticket_id: str, key: str) -> bool:
        return any(call[0] == "reply" and call[1] == ticket_id and call[3] == key for call in self.calls)

    def has_left(self, receipt: str) -> bool:
        return receipt.endswith("/messages/1")

    def post(self, *posts: Post) -> None:
        self.calls += [("post", post.text, post.footer) for post in posts]


class Counter(Storefront):
    """A storefront."""

    slug = "counter"

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def add_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        self.calls.append(("add", kind, id_, *tags))

    def remove_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        self.calls.append(("remove", kind, id_, *tags))

    def attach_label(self, return_id: str, url: str) -> None:
        self.calls.append(("label", return_id, url))

    def has_label(self, return_id: str) -> bool:
        return any(call[:2] == ("label", return_id) for call in self.calls)


class Mailer(Marketing):
    """A marketing tool that takes events in threes and properties as jobs."""

    slug = "mailer"
    event_batch = 3

    def __init__(self, fault: Fault = lambda _: None, receipt: str = "job-1") -> None:
        self.fault = fault
        self.receipt = receipt
        self.calls: list[Any] = []

    def send_event(self, event: MarketingEvent) -> None:
        self._take(event)

    def send_events(self, events: Sequence[MarketingEvent]) -> None:
        self._take(list(events))

    def set_properties(self, people: Mapping[str, Mapping[str, Any]]) -> str:
        self._take({email: dict(properties) for email, properties in people.items()})
        return self.receipt

    def is_settled(self, receipt: str) -> bool:
        return receipt == self.receipt

    def _take(self, call: Any) -> None:
        self.calls.append(call)
        if error := self.fault(call):
            raise error


def listening(role: type[Vendor]) -> tuple[Any, set[str]]:
    """A platform of this role that does nothing, and the names of the methods it was asked for."""
    called: set[str] = set()

    def method(name: str) -> Callable[..., Any]:
        def ask(*_: Any, **__: Any) -> Any:
            called.add(name)
            return Replied(receipt="1") if name == "reply" else None

        return ask

    verbs = {verb: method(verb) for each in role.offers for verb in each.verbs}
    return type("Listening", (role,), {"__init__": lambda self: None, **verbs})(), called

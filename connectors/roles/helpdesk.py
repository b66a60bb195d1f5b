"""Where customers ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from connectors.automations import Automation
from connectors.roles.capability import Capability
from connectors.roles.vendor import Vendor


class Replied(msgspec.Struct, frozen=True, kw_only=True):
    """``receipt`` asks later whether it left; or ``why_not``, a stable code, says why there is no reply."""

    receipt: str = ""
    why_not: str = ""


class Helpdesk(Vendor):
    """Where customers ask."""

    role = "helpdesk"
    offers: ClassVar[tuple[Capability, ...]] = (
        Capability("tag_ticket", "put tags on tickets", ("tag_ticket", "untag_ticket")),
        Capability("set_customer_field", "fill the fields of customers", ("set_customer_field",)),
        Capability("set_priority", "set the priority of tickets", ("set_priority",)),
        Capability("assign_team", "give tickets to a team", ("assign_team",)),
        Capability("internal_note", "leave internal notes", ("add_note", "has_note")),
        Capability("reply", "reply to customers", ("reply", "has_reply", "has_left")),
        Capability("ticket.intents", "tell the intents of a ticket"),
        Capability("helpdesk_rules", "list its own rules", ("automations",)),
    )

    def tag_ticket(self, ticket_id: str, tag: str) -> None:
        """Add one tag, keep the others. Safe to repeat."""
        raise NotImplementedError

    def untag_ticket(self, ticket_id: str, tag: str) -> None:
        """Take one tag off, keep the others. Safe to repeat."""
        raise NotImplementedError

    def set_customer_field(self, customer_id: str, name: str, value: str) -> None:
        """``name`` as people call it; made if there is none. "" empties it. Safe to repeat."""
        raise NotImplementedError

    def set_priority(self, ticket_id: str, priority: str) -> None:
        raise NotImplementedError

    def assign_team(self, ticket_id: str, team: str) -> None:
        """``team`` is a name or an id. Raises Refused when there is no such team."""
        raise NotImplementedError

    def add_note(self, ticket_id: str, text: str, key: str) -> None:
        """A note only agents see, marked with our ``key``."""
        raise NotImplementedError

    def has_note(self, ticket_id: str, key: str) -> bool:
        raise NotImplementedError

    def reply(self, ticket_id: str, text: str, key: str) -> Replied:
        """The first answer that the customer gets, marked with our ``key``.

        None where somebody or something has answered already, nobody would read it, or the customer
        cannot be written to from here.
        """
        raise NotImplementedError

    def has_reply(self, ticket_id: str, key: str) -> bool:
        raise NotImplementedError

    def has_left(self, receipt: str) -> bool:
        """Whether a reply is on its way to the customer. Raises Refused when it could not be sent."""
        raise NotImplementedError

    def automations(self) -> Iterable[Automation]:
        """The rules that are switched on there."""
        raise NotImplementedError

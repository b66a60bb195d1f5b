"""Where customers ask."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.automations import Automation
from connectors.roles.vendor import Vendor


class Helpdesk(Vendor):
    """Where customers ask."""

    role = "helpdesk"

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

    def automations(self) -> Iterable[Automation]:
        """The rules that are switched on there."""
        raise NotImplementedError

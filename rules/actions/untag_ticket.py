"""Take a tag off the ticket that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from connectors.roles import Helpdesk
from connectors.types import AnySnapshot, TicketSnapshot
from rules.actions.ticket_tag import TicketTag
from rules.sentences import quoted


class UntagTicket(TicketTag, frozen=True, kw_only=True):
    slug: ClassVar[str] = "untag_ticket"
    label: ClassVar[str] = "Remove a tag from the ticket"

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"remove the tag {quoted(arguments['tag'])} from the ticket"

    def sentence(self) -> str:
        return f"Remove the tag {quoted(self.tag)} from ticket {self.ticket_id}"

    def perform(self, platform: Helpdesk, key: str) -> None:
        platform.untag_ticket(self.ticket_id, self.tag)

    def imprint(self, known: AnySnapshot, told: AnySnapshot) -> AnySnapshot:
        if not isinstance(known, TicketSnapshot):
            return known
        return msgspec.structs.replace(known, tags=tuple(each for each in known.tags if each != self.tag))

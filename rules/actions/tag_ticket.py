"""Tag the ticket that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from connectors.roles import Helpdesk
from connectors.types import AnySnapshot, TicketSnapshot
from rules.actions.ticket_tag import TicketTag
from rules.sentences import quoted


class TagTicket(TicketTag, frozen=True, kw_only=True):
    slug: ClassVar[str] = "tag_ticket"
    label: ClassVar[str] = "Tag the ticket"

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"tag the ticket {quoted(arguments['tag'])}"

    def sentence(self) -> str:
        return f"Tag ticket {self.ticket_id} {quoted(self.tag)}"

    def perform(self, platform: Helpdesk, key: str) -> None:
        platform.tag_ticket(self.ticket_id, self.tag)

    def imprint(self, known: AnySnapshot, told: AnySnapshot) -> AnySnapshot:
        if not isinstance(known, TicketSnapshot):
            return known
        return msgspec.structs.replace(known, tags=tuple(sorted({*known.tags, self.tag})))

"""Leave a note on the ticket that only agents see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from connectors.roles import Helpdesk
from rules.actions.ticket_text import TicketText
from rules.sentences import excerpt, quoted


class InternalNote(TicketText, frozen=True, kw_only=True):
    slug: ClassVar[str] = "internal_note"
    label: ClassVar[str] = "Leave an internal note"
    asks: ClassVar[str] = "internal_note"

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"leave the internal note {quoted(excerpt(arguments['text']))}"

    def sentence(self) -> str:
        return f"Leave an internal note on ticket {self.ticket_id}"

    def perform(self, platform: Helpdesk, key: str) -> None:
        platform.add_note(self.ticket_id, self.text, key)

    def has_landed(self, platform: Helpdesk, key: str) -> bool:
        return platform.has_note(self.ticket_id, key)

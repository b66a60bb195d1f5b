"""Answer the customer on their ticket, as the first who does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from connectors.roles import Helpdesk
from rules.actions.base import Accepted, Needless
from rules.actions.ticket_text import TicketText
from rules.sentences import excerpt, quoted


class Reply(TicketText, frozen=True, kw_only=True):
    slug: ClassVar[str] = "reply"
    label: ClassVar[str] = "Reply to the customer"
    asks: ClassVar[str] = "reply"
    is_heard: ClassVar[bool] = True

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"reply {quoted(excerpt(arguments['text']))}, unless somebody has answered"

    def sentence(self) -> str:
        return f"Reply to the customer on ticket {self.ticket_id}"

    def perform(self, platform: Helpdesk, key: str) -> Accepted | Needless:
        replied = platform.reply(self.ticket_id, self.text, key)
        return Needless(replied.why_not) if replied.why_not else Accepted(replied.receipt)

    def has_landed(self, platform: Helpdesk, key: str) -> bool:
        return platform.has_reply(self.ticket_id, key)

    @classmethod
    def is_settled(cls, platform: Helpdesk, receipt: str) -> bool:
        return platform.has_left(receipt)

"""Answer the customer on their ticket, as the first who does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms

from connectors.roles import Helpdesk
from rules.actions.base import Accepted, Action, Missing, Needless
from rules.facts import Facts
from rules.sentences import excerpt, quoted


class Reply(Action[Helpdesk], frozen=True, kw_only=True):
    slug: ClassVar[str] = "reply"
    label: ClassVar[str] = "Reply to the customer"
    role: ClassVar[str] = "helpdesk"
    can_look: ClassVar[bool] = True  # a reply carries our key, so it is found again

    ticket_id: str
    text: str

    class Arguments(forms.Form):
        text = forms.CharField(max_length=5000, widget=forms.Textarea)

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        if facts.ticket is None:
            return Missing("no_ticket")
        return cls(ticket_id=facts.ticket.id, text=arguments["text"])

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

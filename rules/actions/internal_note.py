"""Leave a note on the ticket that only agents see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms

from connectors.roles import Helpdesk
from rules.actions.base import Action, Missing
from rules.facts import Facts
from rules.sentences import excerpt, quoted


class InternalNote(Action[Helpdesk], frozen=True, kw_only=True):
    slug: ClassVar[str] = "internal_note"
    label: ClassVar[str] = "Leave an internal note"
    role: ClassVar[str] = "helpdesk"
    can_look: ClassVar[bool] = True  # a note carries our key, so it is found again

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
        return f"leave the internal note {quoted(excerpt(arguments['text']))}"

    def sentence(self) -> str:
        return f"Leave an internal note on ticket {self.ticket_id}"

    def perform(self, platform: Helpdesk, key: str) -> None:
        platform.add_note(self.ticket_id, self.text, key)

    def has_landed(self, platform: Helpdesk, key: str) -> bool:
        return platform.has_note(self.ticket_id, key)

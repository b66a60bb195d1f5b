"""What all that is written on a ticket has in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms

from connectors.roles import Helpdesk
from rules.actions.base import Action, Missing
from rules.facts import Facts


class TicketText(Action[Helpdesk], frozen=True, kw_only=True):
    role: ClassVar[str] = "helpdesk"
    can_look: ClassVar[bool] = True  # it carries our key, so it is found again

    ticket_id: str
    text: str

    class Arguments(forms.Form):
        text = forms.CharField(max_length=5000, widget=forms.Textarea)

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        if facts.ticket is None:
            return Missing("no_ticket")
        return cls(ticket_id=facts.ticket.id, text=arguments["text"])

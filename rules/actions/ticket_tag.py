"""What putting a tag on a ticket and taking it off have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms

from connectors.roles import Helpdesk
from rules.actions.base import Action, Missing
from rules.facts import Facts


class TicketTag(Action[Helpdesk], frozen=True, kw_only=True):
    role: ClassVar[str] = "helpdesk"
    asks: ClassVar[str] = "tag_ticket"
    repeat_safe: ClassVar[bool] = True  # a ticket has a tag or not

    ticket_id: str
    tag: str

    class Arguments(forms.Form):
        tag = forms.CharField(max_length=256)

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        if facts.ticket is None:
            return Missing("no_ticket")
        return cls(ticket_id=facts.ticket.id, tag=arguments["tag"])

    @property
    def target(self) -> tuple[str, str]:
        return ("ticket", self.ticket_id)

    @property
    def sets(self) -> tuple[str, ...]:
        """Putting it on and taking it off are two wishes for the same."""
        return ("ticket tag", self.ticket_id, self.tag)

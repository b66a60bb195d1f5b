"""Set the priority of the ticket that changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

import msgspec
from django import forms

from connectors.roles import Helpdesk
from connectors.types import AnySnapshot, TicketSnapshot
from rules.actions.base import Action, Missing
from rules.facts import Facts
from rules.sentences import quoted

PRIORITIES = ("low", "normal", "high", "critical")


class SetPriority(Action[Helpdesk], frozen=True, kw_only=True):
    slug: ClassVar[str] = "set_priority"
    label: ClassVar[str] = "Set the ticket's priority"
    role: ClassVar[str] = "helpdesk"
    asks: ClassVar[str] = "set_priority"
    repeat_safe: ClassVar[bool] = True

    ticket_id: str
    priority: str

    class Arguments(forms.Form):
        priority = forms.ChoiceField(
            choices=[(each, each.capitalize()) for each in PRIORITIES],
            error_messages={
                "invalid_choice": f"“%(value)s” is no priority; use one of {', '.join(PRIORITIES)}."
            },
        )

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        if facts.ticket is None:
            return Missing("no_ticket")
        return cls(ticket_id=facts.ticket.id, priority=arguments["priority"])

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"set the ticket's priority to {quoted(arguments['priority'])}"

    def sentence(self) -> str:
        return f"Set the priority of ticket {self.ticket_id} to {quoted(self.priority)}"

    def perform(self, platform: Helpdesk, key: str) -> None:
        platform.set_priority(self.ticket_id, self.priority)

    @property
    def target(self) -> tuple[str, str]:
        return ("ticket", self.ticket_id)

    @property
    def sets(self) -> tuple[str, ...]:
        return ("priority", self.ticket_id)

    def imprint(self, known: AnySnapshot, told: AnySnapshot) -> AnySnapshot:
        if not isinstance(known, TicketSnapshot):
            return known
        return msgspec.structs.replace(known, priority=self.priority)

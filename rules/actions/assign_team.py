"""Assign the ticket that changed to a team."""

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
from rules.fields import NameOrIdField
from rules.sentences import quoted


class AssignTeam(Action[Helpdesk], frozen=True, kw_only=True):
    slug: ClassVar[str] = "assign_team"
    label: ClassVar[str] = "Assign the ticket to a team"
    role: ClassVar[str] = "helpdesk"
    asks: ClassVar[str] = "assign_team"
    repeat_safe: ClassVar[bool] = True

    ticket_id: str
    team: str  # a name or an id

    class Arguments(forms.Form):
        team = NameOrIdField(help_text="The team's name or id in the helpdesk.")

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        if facts.ticket is None:
            return Missing("no_ticket")
        return cls(ticket_id=facts.ticket.id, team=arguments["team"])

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"assign the ticket to the team {quoted(arguments['team'])}"

    def sentence(self) -> str:
        return f"Assign ticket {self.ticket_id} to the team {quoted(self.team)}"

    def perform(self, platform: Helpdesk, key: str) -> None:
        platform.assign_team(self.ticket_id, self.team)

    @property
    def target(self) -> tuple[str, str]:
        return ("ticket", self.ticket_id)

    @property
    def sets(self) -> tuple[str, ...]:
        return ("team", self.ticket_id)

    def imprint(self, known: AnySnapshot, told: AnySnapshot) -> AnySnapshot:
        """A team that is named by its id comes back by its name, which we do not know: then it is news."""
        if not isinstance(known, TicketSnapshot) or not isinstance(told, TicketSnapshot):
            return known
        is_spelt_so = told.team.casefold() == self.team.casefold()
        return msgspec.structs.replace(known, team=told.team if is_spelt_so else self.team)

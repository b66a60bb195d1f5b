"""Tag the ticket that changed."""

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


class TagTicket(Action[Helpdesk], frozen=True, kw_only=True):
    slug: ClassVar[str] = "tag_ticket"
    label: ClassVar[str] = "Tag the ticket"
    role: ClassVar[str] = "helpdesk"
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

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"tag the ticket {quoted(arguments['tag'])}"

    def sentence(self) -> str:
        return f"Tag ticket {self.ticket_id} {quoted(self.tag)}"

    def perform(self, platform: Helpdesk, key: str) -> None:
        platform.tag_ticket(self.ticket_id, self.tag)

    @property
    def target(self) -> tuple[str, str]:
        return ("ticket", self.ticket_id)

    def imprint(self, known: AnySnapshot, told: AnySnapshot) -> AnySnapshot:
        if not isinstance(known, TicketSnapshot):
            return known
        return msgspec.structs.replace(known, tags=tuple(sorted({*known.tags, self.tag})))

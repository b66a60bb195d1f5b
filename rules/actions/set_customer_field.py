"""Fill a field of the ticket's customer in the helpdesk, where customers have no tags."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms

from connectors.roles import Helpdesk
from rules.actions.base import Action, Missing
from rules.facts import Facts
from rules.sentences import quoted


class SetCustomerField(Action[Helpdesk], frozen=True, kw_only=True):
    slug: ClassVar[str] = "set_customer_field"
    label: ClassVar[str] = "Set a customer field in the helpdesk"
    role: ClassVar[str] = "helpdesk"
    asks: ClassVar[str] = "set_customer_field"
    repeat_safe: ClassVar[bool] = True

    customer_id: str  # as the helpdesk calls them
    name: str
    value: str  # "" empties it

    class Arguments(forms.Form):
        name = forms.CharField(max_length=255, help_text="The field's name; made if there is none.")
        value = forms.CharField(max_length=255)

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        if facts.ticket is None or not facts.ticket.customer.id:
            return Missing("no_ticket")
        return cls(customer_id=facts.ticket.customer.id, name=arguments["name"], value=arguments["value"])

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        field, value = quoted(arguments["name"]), quoted(arguments["value"])
        return f"set the customer field {field} to {value} in the helpdesk"

    def sentence(self) -> str:
        done = f"to {quoted(self.value)}" if self.value else "to nothing"
        return f"Set the helpdesk's customer field {quoted(self.name)} {done}"

    @property
    def sets(self) -> tuple[str, ...]:
        return ("customer field", self.customer_id, self.name)

    def perform(self, platform: Helpdesk, key: str) -> None:
        platform.set_customer_field(self.customer_id, self.name, self.value)

"""Give a return a label that staff have: no storefront makes one for us."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms

from connectors.roles import Storefront
from rules.actions.base import Action, Missing
from rules.facts import Facts
from rules.fields import AddressField


class AttachLabel(Action[Storefront], frozen=True, kw_only=True):
    slug: ClassVar[str] = "attach_label"
    label: ClassVar[str] = "Attach a label to the return"
    role: ClassVar[str] = "storefront"
    asks: ClassVar[str] = "attach_label"
    can_look: ClassVar[bool] = True

    return_id: str
    url: str

    class Arguments(forms.Form):
        url = AddressField(help_text="Where the label is: https://…")

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        if facts.return_ is None:
            return Missing("no_return")
        return cls(return_id=facts.return_.id, url=arguments["url"])

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return "attach the label to the return"

    def sentence(self) -> str:
        return f"Attach the label to return {self.return_id}"

    def perform(self, platform: Storefront, key: str) -> None:
        platform.attach_label(self.return_id, self.url)

    def has_landed(self, platform: Storefront, key: str) -> bool:
        return platform.has_label(self.return_id)

"""Set a property of a person in the marketing tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms

from connectors.errors import Refused, VendorError
from connectors.roles import Marketing
from rules.actions.base import Accepted, Action, Done, Missing, NotTried, Result, always, is_no_use
from rules.facts import Facts
from rules.fields import StructureField
from rules.sentences import quoted, spoken

VALUES = (str, int, float, bool, list)


class SetProperty(Action[Marketing], frozen=True, kw_only=True):
    slug: ClassVar[str] = "set_property"
    label: ClassVar[str] = "Set a marketing property"
    role: ClassVar[str] = "marketing"
    asks: ClassVar[str] = "set_property"
    repeat_safe: ClassVar[bool] = True

    email: str
    name: str
    value: Any

    class Arguments(forms.Form):
        name = forms.CharField(max_length=255, help_text="The property's name in the marketing tool.")
        value = StructureField(
            types=(str, int, float, bool, list), noun="a text, a number, true, false or a list"
        )

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        if not facts.email:
            return Missing("no_email")
        return cls(email=facts.email, name=arguments["name"], value=arguments["value"])

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"set the marketing property {quoted(arguments['name'])} to {spoken(arguments['value'])}"

    def sentence(self) -> str:
        return f"Set the marketing property {quoted(self.name)}"

    @property
    def sets(self) -> tuple[str, ...]:
        return ("property", self.email, self.name)

    def perform(self, platform: Marketing, key: str) -> None:
        platform.set_properties({self.email: {self.name: self.value}})

    @classmethod
    def perform_many(
        cls,
        platform: Marketing,
        batch: Sequence[tuple[Self, str]],
        *,
        again: bool = False,
        may_call: Callable[[], bool] = always,
    ) -> list[Result]:
        """One call for everybody; where the vendor refuses it, one by one to find whom it means."""
        if not may_call():
            return [NotTried()] * len(batch)
        try:
            return cls._set(platform, batch)
        except Refused as error:
            if len(batch) == 1:
                return [error]
        except VendorError as error:
            return [error] * len(batch)
        results: list[Result] = []
        for each in batch:
            useless = results and is_no_use(results[-1])
            results += [NotTried()] if useless else cls.perform_many(platform, [each], may_call=may_call)
        return results

    @classmethod
    def _set(cls, platform: Marketing, batch: Sequence[tuple[Self, str]]) -> list[Result]:
        """The last of two wishes for the same property counts."""
        people: dict[str, dict[str, Any]] = {}
        for action, _ in batch:
            people.setdefault(action.email, {})[action.name] = action.value
        receipt = platform.set_properties(people)
        return [Accepted(receipt) if receipt else Done()] * len(batch)

    @classmethod
    def is_settled(cls, platform: Marketing, receipt: str) -> bool:
        return platform.is_settled(receipt)

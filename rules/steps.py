"""The "then" of a rule: actions with their arguments and how long each waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError

from rules import durations, placeholders
from rules.actions.base import AnyAction, Missing
from rules.actions.catalog import action
from rules.decision import No
from rules.facts import Facts
from rules.fields import shown
from rules.params import checked, to_json
from rules.sentences import spoken_time

MOST = 20
KEYS = ("action", "after", "with")


class Step:
    """One action, what it is given, and how long after the change it is due."""

    def __init__(self, kind: type[AnyAction], arguments: Mapping[str, Any], after: str) -> None:
        self.kind = kind
        self.arguments = arguments
        self.after = after  # as it was written, so that a rule reads back as it was
        self.wait = durations.parse(after) if after else timedelta()

    def action(self, facts: Facts) -> AnyAction | No:
        """The action for these facts, or what they lack."""
        try:
            arguments = placeholders.fill(self.arguments, facts)
        except placeholders.Unknowable as unknowable:
            return No(reason="placeholder_unreadable", seen={"field": unknowable.field}, is_unreadable=True)
        built = self.kind.build(arguments, facts, facts.change.at + self.wait)
        if isinstance(built, Missing):
            return No(reason=built.reason, seen={"action": self.kind.slug})
        return built

    def fields(self) -> Iterator[str]:
        """What its texts look at."""
        return placeholders.names(self.arguments)

    def to_json(self) -> dict[str, Any]:
        after = {"after": self.after} if self.after else {}
        return {"action": self.kind.slug, **after, "with": to_json(self.arguments)}

    def sentence(self) -> str:
        phrase = self.kind.phrase(self.arguments)
        return f"{phrase} {spoken_time(self.wait)} later" if self.wait else phrase


def parse(values: list[Any]) -> list[Step]:
    """Raises ValidationError that names the step and what is wrong with it."""
    if len(values) > MOST:
        raise ValidationError(f"There are more than {MOST} actions.")
    return [_step(value, f"Action {number}") for number, value in enumerate(values, 1)]


def _step(value: Any, place: str) -> Step:
    if not isinstance(value, Mapping):
        raise ValidationError(f"{place}: an action is {{action, after, with}}, not {shown(value)}.")
    if unknown := [key for key in value if key not in KEYS]:
        raise ValidationError(f"{place}: {shown(unknown[0])} is unknown; use {', '.join(KEYS)}.")
    slug, after = value.get("action"), value.get("after", "")
    try:
        if not isinstance(slug, str):
            raise LookupError(f"“action” needs an action's name, not {shown(slug)}.")
        kind = action(slug)
        if not isinstance(after, str):
            raise ValueError(f"“after” needs a waiting time such as PT2H, not {shown(after)}.")
        return Step(kind, _arguments(kind, value.get("with", {})), after)
    except (LookupError, ValueError) as error:
        raise ValidationError(f"{place}: {error}") from error
    except ValidationError as error:
        raise ValidationError(f"{place} ({slug}): {_in_one_line(error)}") from error


def _arguments(kind: type[AnyAction], values: Any) -> dict[str, Any]:
    arguments = checked(kind.Arguments, values)
    placeholders.check(arguments)
    return arguments


def _in_one_line(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(f"{name}: {' '.join(said)}" for name, said in error.message_dict.items())

"""The "then" of a rule: actions with their arguments, how long each waits and what it is left out for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError

from rules import conditions, durations, placeholders
from rules.actions.base import AnyAction, Missing
from rules.actions.catalog import action
from rules.decision import No
from rules.facts import Facts
from rules.fields import shown
from rules.params import checked, to_json
from rules.sentences import spoken_time

MOST = 20
KEYS = ("action", "after", "unless", "with")


class Step:
    """One action, what it is given, how long after the change it is due, and its own exit, if it has one."""

    def __init__(
        self,
        kind: type[AnyAction],
        arguments: Mapping[str, Any],
        after: str,
        unless: conditions.Condition | None,
    ) -> None:
        self.kind = kind
        self.arguments = arguments
        self.unless = unless
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

    def exit(self, facts: Facts) -> conditions.Outcome | None:
        """What its exit answers. None where it has none, and for what waits until it is due."""
        if self.unless is None or (self.wait and not facts.is_due):
            return None
        return self.unless.ask(facts)

    def fields(self) -> Iterator[str]:
        """What its texts and its exit look at."""
        yield from placeholders.names(self.arguments)
        if self.unless:
            yield from (leaf.field.name for leaf in self.unless.leaves())

    def to_json(self) -> dict[str, Any]:
        after = {"after": self.after} if self.after else {}
        unless = {"unless": self.unless.to_json()} if self.unless else {}
        return {"action": self.kind.slug, **after, **unless, "with": to_json(self.arguments)}

    def sentence(self, about: str) -> str:
        said = self.kind.phrase(self.arguments)
        later = f" {spoken_time(self.wait)} later" if self.wait else ""
        unless = f" (unless {self.unless.sentence(about)})" if self.unless else ""
        return said + later + unless


def parse(values: list[Any]) -> list[Step]:
    """Raises ValidationError that names the step and what is wrong with it."""
    if len(values) > MOST:
        raise ValidationError(f"There are more than {MOST} actions.")
    return [_step(value, f"Action {number}") for number, value in enumerate(values, 1)]


def _step(value: Any, place: str) -> Step:
    if not isinstance(value, Mapping):
        raise ValidationError(f"{place}: an action is {{{', '.join(KEYS)}}}, not {shown(value)}.")
    if unknown := [key for key in value if key not in KEYS]:
        raise ValidationError(f"{place}: {shown(unknown[0])} is unknown; use {', '.join(KEYS)}.")
    slug, after = value.get("action"), value.get("after", "")
    try:
        if not isinstance(slug, str):
            raise LookupError(f"“action” needs an action's name, not {shown(slug)}.")
        kind = action(slug)
        if not isinstance(after, str):
            raise ValueError(f"“after” needs a waiting time such as PT2H, not {shown(after)}.")
        return Step(kind, _arguments(kind, value.get("with", {})), after, _unless(value))
    except (LookupError, ValueError) as error:
        raise ValidationError(f"{place}: {error}") from error
    except ValidationError as error:
        raise ValidationError(f"{place} ({slug}): {_in_one_line(error)}") from error


def _unless(value: Mapping[str, Any]) -> conditions.Condition | None:
    """Of a step. An exit that asks nothing would always apply, so it is taken for a mistake."""
    if "unless" not in value:
        return None
    try:
        condition = conditions.parse(value["unless"])
    except ValidationError as error:
        raise ValidationError(f"unless: {' '.join(error.messages)}") from error
    if not any(condition.leaves()):
        raise ValidationError("unless: Needs a condition; leave it out where there is none.")
    return condition


def _arguments(kind: type[AnyAction], values: Any) -> dict[str, Any]:
    arguments = checked(kind.Arguments, values)
    placeholders.check(arguments)
    return arguments


def _in_one_line(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(f"{name}: {' '.join(said)}" for name, said in error.message_dict.items())

"""The grammar of conditions: all / any groups of {field, op, value}, parsed once, asked of facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django.core.exceptions import ValidationError

from rules.facts import Facts
from rules.fields import shown
from rules.sentences import listed, spoken
from rules.vocabulary import FIELDS, Field

DEEPEST = 5
MOST = 100  # conditions in one rule


class Seen(msgspec.Struct, frozen=True):
    """One condition with the value it met. ``passed`` is None when the value could not be known."""

    field: str
    op: str
    value: Any
    seen: Any
    passed: bool | None


class Outcome(msgspec.Struct, frozen=True):
    """The answer (None = cannot be known) and every single condition that led to it."""

    passed: bool | None
    conditions: tuple[Seen, ...]


class Leaf:
    """One comparison."""

    def __init__(self, field: Field, op: str, value: Any, operand: Any) -> None:
        self.field = field
        self.op = op
        self.value = value  # as it was written
        self._operand = operand  # ready to compare

    def ask(self, facts: Facts) -> Outcome:
        seen = self.field.seen(facts)
        passed = self._passes(seen)
        return Outcome(passed, (Seen(self.field.name, self.op, self.value, seen, passed),))

    def _passes(self, seen: Any) -> bool | None:
        if self.op == "exists":
            return (seen not in (None, "", ())) is self._operand
        if seen is None:
            return None
        return self.field.kind.tests[self.op](self.field.kind.comparable(seen), self._operand)

    def fields(self) -> Iterator[str]:
        yield self.field.name

    def to_json(self) -> dict[str, Any]:
        return {"field": self.field.name, "op": self.op, "value": self.value}

    def sentence(self, about: str) -> str:
        """In words; what belongs to the thing the rule is ``about`` is "its"."""
        owner = "its" if self.field.part == about else f"the {self.field.part}'s"
        asked = f"{owner} {self.field.noun} {self.field.kind.phrases[self.op]}"
        if self.op == "exists":
            return f"{asked} {'known' if self.value else 'not known'}"
        values = self.value if isinstance(self.value, list) else [self.value]
        return f"{asked} {listed([spoken(each) for each in values], 'or')}"


class Group:
    """Conditions of which all, or any, have to be true."""

    def __init__(self, join: str, parts: list[Condition]) -> None:
        self.join = join
        self.parts = parts

    def ask(self, facts: Facts) -> Outcome:
        """Every part is asked, so that each can be shown with the value it met.

        One readable part that decides the group decides it, whatever the others are.
        """
        outcomes = [part.ask(facts) for part in self.parts]
        answers = [outcome.passed for outcome in outcomes]
        decisive = self.join == "any"
        passed = decisive if decisive in answers else None if None in answers else not decisive
        return Outcome(passed, tuple(seen for outcome in outcomes for seen in outcome.conditions))

    def fields(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.fields()

    def to_json(self) -> dict[str, Any]:
        return {self.join: [part.to_json() for part in self.parts]}

    def sentence(self, about: str) -> str:
        said = [
            f"({part.sentence(about)})"
            if isinstance(part, Group) and len(part.parts) > 1
            else part.sentence(about)
            for part in self.parts
        ]
        return f" {'and' if self.join == 'all' else 'or'} ".join(each for each in said if each)


Condition = Leaf | Group


def parse(value: Any) -> Condition:
    """Raises ValidationError with one sentence: what is wrong, and where."""
    condition = _parse(value, "", 1)
    if sum(1 for _ in condition.fields()) > MOST:
        raise ValidationError(f"There are more than {MOST} conditions.")
    return condition


def _parse(value: Any, place: str, depth: int) -> Condition:
    if not isinstance(value, Mapping):
        raise _problem(place, f"A condition is {{field, op, value}} or a group, not {shown(value)}.")
    if not value:
        return Group("all", [])
    joins = [join for join in ("all", "any") if join in value]
    if not joins:
        return _leaf(value, place)
    if len(value) > 1:
        raise _problem(place, "A group has “all” or “any” and nothing beside it.")
    return _group(joins[0], value[joins[0]], place, depth)


def _group(join: str, parts: Any, place: str, depth: int) -> Group:
    if not isinstance(parts, list):
        raise _problem(place, f"“{join}” needs a list of conditions, not {shown(parts)}.")
    if join == "any" and not parts:
        raise _problem(place, "“any” needs at least one condition.")
    if depth > DEEPEST:
        raise _problem(place, f"Groups may be nested {DEEPEST} deep at the most.")
    return Group(join, [_parse(part, f"{place}{join}[{n}]", depth + 1) for n, part in enumerate(parts, 1)])


def _leaf(value: Mapping[str, Any], place: str) -> Leaf:
    if unknown := set(value) - {"field", "op", "value"}:
        key = shown(min(unknown, key=str))
        raise _problem(place, f"{key} is unknown; a condition has field, op and value.")
    name = value.get("field")
    if not isinstance(name, str) or name not in FIELDS:
        raise _problem(place, f"There is no field {shown(name)}. Known: {', '.join(FIELDS)}.")
    field = FIELDS[name]
    op = value.get("op")
    allowed = [*field.kind.tests, "exists"]
    if op not in allowed:
        raise _problem(place, f"{field.name} can be asked {', '.join(allowed)}, not {shown(op)}.")
    if op == "exists":
        return _existence(field, value.get("value", True), place)
    if "value" not in value:
        raise _problem(place, f"{field.name} {op} needs a value.")
    return Leaf(field, op, value["value"], _operand(field, op, value["value"], place))


def _existence(field: Field, value: Any, place: str) -> Leaf:
    if not isinstance(value, bool):
        raise _problem(place, f"“exists” needs true or false, not {shown(value)}.")
    return Leaf(field, "exists", value, value)


def _operand(field: Field, op: str, value: Any, place: str) -> Any:
    if op not in {"in", "not_in"}:
        return _comparable(field, value, place)
    if not isinstance(value, list) or not value:
        raise _problem(place, f"“{op}” needs a list with at least one value, not {shown(value)}.")
    return frozenset(_comparable(field, each, place) for each in value)


def _comparable(field: Field, value: Any, place: str) -> Any:
    operand = field.kind.operand(value)
    if operand is None:
        raise _problem(place, f"{field.name} needs {field.kind.noun}, not {shown(value)}.")
    return field.kind.comparable(operand)


def _problem(place: str, sentence: str) -> ValidationError:
    return ValidationError(f"{place}: {sentence}" if place else sentence)

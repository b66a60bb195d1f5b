"""The grammar of conditions: all / any / none groups of {field, op, value}, parsed once, asked of facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django.core.exceptions import ValidationError

from rules import amounts
from rules.facts import Facts
from rules.fields import shown
from rules.kinds import LISTS, PAIRS
from rules.sentences import listed
from rules.vocabulary import FIELDS, Field, alike

JOINS = ("all", "any", "none")
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
    """One comparison. ``currency`` is that of an amount without one, HOME unless something names it."""

    def __init__(self, field: Field, op: str, value: Any, operand: Any) -> None:
        self.field = field
        self.op = op
        self.value = value  # as it was written
        self.currency = amounts.HOME
        self._operand = operand  # ready to compare

    def ask(self, facts: Facts) -> Outcome:
        seen = self.field.seen(facts)
        passed = self._passes(seen, facts)
        if passed is None and (money := self.field.money(facts)):
            seen = amounts.told(money)
        return Outcome(passed, (Seen(self.field.name, self.op, self.value, seen, passed),))

    def _passes(self, seen: Any, facts: Facts) -> bool | None:
        if self.op == "exists":
            return (seen not in (None, "", ())) is self._operand
        if self.field.amounts:
            money = self.field.money(facts)
            home = self.currency or facts.currency
            return None if money is None else amounts.passes(self.op, money, self._operand, home)
        if seen is None:
            return None
        return self.field.kind.tests[self.op](self.field.kind.measure(seen, facts), self._operand)

    def leaves(self) -> Iterator[Leaf]:
        yield self

    def to_json(self) -> dict[str, Any]:
        return {"field": self.field.name, "op": self.op, "value": self.value}

    def sentence(self, about: str) -> str:
        """In words; what belongs to the thing the rule is ``about`` is "its"."""
        owner = "its" if self.field.part == about else f"the {self.field.part}'s"
        asked = f"{owner} {self.field.noun} {self.field.kind.phrases[self.op]}"
        if self.op == "exists":
            return f"{asked} {'known' if self.value else 'not known'}"
        values = self.value if isinstance(self.value, list) else [self.value]
        joint = "and" if self.op in PAIRS else "or"
        return f"{asked} {listed([self.field.kind.said(each) for each in values], joint)}"


class Group:
    """Conditions of which all, any or none have to be true."""

    def __init__(self, join: str, parts: list[Condition]) -> None:
        self.join = join
        self.parts = parts

    def ask(self, facts: Facts) -> Outcome:
        """Every part is asked, so that each can be shown with the value it met.

        One readable part that decides the group decides it, whatever the others are.
        """
        outcomes = [part.ask(facts) for part in self.parts]
        answers = [outcome.passed for outcome in outcomes]
        decisive = self.join != "all"  # the answer of a part that settles the others
        found = decisive if decisive in answers else None if None in answers else not decisive
        passed = found if found is None or self.join != "none" else not found
        return Outcome(passed, tuple(seen for outcome in outcomes for seen in outcome.conditions))

    def leaves(self) -> Iterator[Leaf]:
        for part in self.parts:
            yield from part.leaves()

    def to_json(self) -> dict[str, Any]:
        return {self.join: [part.to_json() for part in self.parts]}

    def sentence(self, about: str) -> str:
        said = [
            f"({part.sentence(about)})"
            if isinstance(part, Group) and len(part.parts) > 1 and part.join != "none"
            else part.sentence(about)
            for part in self.parts
        ]
        together = f" {'and' if self.join == 'all' else 'or'} ".join(each for each in said if each)
        return f"not ({together})" if self.join == "none" else together


Condition = Leaf | Group


def parse(value: Any) -> Condition:
    """Raises ValidationError with one sentence: what is wrong, and where."""
    condition = _parse(value, "", 1)
    if sum(1 for _ in condition.leaves()) > MOST:
        raise ValidationError(f"There are more than {MOST} conditions.")
    return condition


def _parse(value: Any, place: str, depth: int) -> Condition:
    if not isinstance(value, Mapping):
        raise _problem(place, f"A condition is {{field, op, value}} or a group, not {shown(value)}.")
    if not value:
        return Group("all", [])
    joins = [join for join in JOINS if join in value]
    if not joins:
        return _leaf(value, place)
    if len(value) > 1:
        raise _problem(place, "A group has “all”, “any” or “none” and nothing beside it.")
    return _group(joins[0], value[joins[0]], place, depth)


def _group(join: str, parts: Any, place: str, depth: int) -> Group:
    if not isinstance(parts, list):
        raise _problem(place, f"“{join}” needs a list of conditions, not {shown(parts)}.")
    if join != "all" and not parts:
        raise _problem(place, f"“{join}” needs at least one condition.")
    if depth > DEEPEST:
        raise _problem(place, f"Groups may be nested {DEEPEST} deep at the most.")
    group = Group(join, [_parse(part, f"{place}{join}[{n}]", depth + 1) for n, part in enumerate(parts, 1)])
    if join == "all":
        _share_currencies([part for part in group.parts if isinstance(part, Leaf)])
    return group


def _share_currencies(leaves: list[Leaf]) -> None:
    """“Total at least 100 and currency EUR” means 100 EUR."""
    named = {
        each.field.part: str(each.value).upper()
        for each in leaves
        if each.op == "eq" and each.field.name.endswith(".currency")
    }
    for each in leaves:
        each.currency = named.get(each.field.part, amounts.HOME)


def _leaf(value: Mapping[str, Any], place: str) -> Leaf:
    if unknown := set(value) - {"field", "op", "value"}:
        key = shown(min(unknown, key=str))
        raise _problem(place, f"{key} is unknown; a condition has field, op and value.")
    name = value.get("field")
    if not isinstance(name, str) or name not in FIELDS:
        raise _problem(place, f"There is no field {shown(name)}. Known: {', '.join(alike(name))}.")
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
    if field.amounts and isinstance(value, Mapping):
        return _table(field, op, value, place)
    operand = _values(field, op, value, place)
    return {amounts.HOME: operand} if field.amounts else operand


def _table(field: Field, op: str, value: Mapping[Any, Any], place: str) -> dict[str, Any]:
    if op not in amounts.BY_CURRENCY:
        fitting = ", ".join(sorted(amounts.BY_CURRENCY))
        raise _problem(place, f"{field.name} {op} needs a number; amounts by currency go with {fitting}.")
    table = amounts.table(value)
    if table is None:
        raise _problem(place, f"{field.name} needs an amount for each currency, such as {{USD: 500}}.")
    return table


def _values(field: Field, op: str, value: Any, place: str) -> Any:
    if op in LISTS:
        if not isinstance(value, list) or not value:
            raise _problem(place, f"“{op}” needs a list with at least one value, not {shown(value)}.")
        return frozenset(_comparable(field, each, place) for each in value)
    if op in PAIRS:
        return _pair(field, op, value, place)
    return _comparable(field, value, place)


def _pair(field: Field, op: str, value: Any, place: str) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise _problem(place, f"“{op}” needs a list of two values, the lower one first.")
    low, high = (_comparable(field, each, place) for each in value)
    if low > high:
        raise _problem(place, f"“{op}” needs the lower value first.")
    return low, high


def _comparable(field: Field, value: Any, place: str) -> Any:
    operand = field.kind.operand(value)
    if operand is None:
        raise _problem(place, f"{field.name} needs {field.kind.noun}, not {shown(value)}.")
    return operand


def _problem(place: str, sentence: str) -> ValidationError:
    return ValidationError(f"{place}: {sentence}" if place else sentence)

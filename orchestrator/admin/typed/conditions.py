"""Conditions as rows: what, how it is asked, and the value, in groups of all, any or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django.core.exceptions import ValidationError

from orchestrator.admin.typed import values
from orchestrator.admin.typed.posted import numbers
from rules import conditions
from rules.kinds import TIME
from rules.vocabulary import FIELDS, Field

JOINS = {"all": "all of these", "any": "at least one of these", "none": "none of these"}
EMPTY = "This group has no condition: add one, or remove the group."
UNFINISHED = "Choose what it looks at, how, and the value; or remove the row."
DEFAULT_OP = "eq"

Posted = Mapping[str, Any]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One condition as it stands in the form. ``name`` is that of its boxes, without their last part."""

    name: str
    field: str = ""
    op: str = ""
    text: str = ""
    problem: str = ""

    is_group = False

    @property
    def is_blank(self) -> bool:
        return not self.field and not self.text.strip()

    @property
    def known(self) -> Field | None:
        return FIELDS.get(self.field)

    @property
    def ops(self) -> list[tuple[str, str, bool]]:
        """How its field can be asked: code, words, whether it is the one."""
        if self.known is None:
            return []
        phrases = self.known.kind.phrases
        last = " … ago" if self.known.kind is TIME else ""
        words = {op: phrases[op] + last for op in self.known.kind.tests} | {"exists": "is known"}
        return [(op, said, op == self.op) for op, said in words.items()]

    @property
    def hint(self) -> str:
        return values.hint(self.known.kind, self.op) if self.known else ""

    def json(self) -> dict[str, Any]:
        """Raises ValidationError with what is wrong in this row."""
        if not self.field or not self.op:
            raise ValidationError(UNFINISHED)
        value = values.read(self.text, self.known.kind, self.op) if self.known else self.text
        if value == "":
            raise ValidationError(f"Type a value, such as {self.hint}." if self.hint else "Type a value.")
        leaf = {"field": self.field, "op": self.op, "value": value}
        conditions.parse(leaf)
        return leaf


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """A group of conditions and groups."""

    name: str
    join: str = "all"
    parts: tuple[Row | Rows, ...] = ()
    depth: int = 1
    problem: str = ""

    is_group = True

    @property
    def joins(self) -> list[tuple[str, str, bool]]:
        return [(join, said, join == self.join) for join, said in JOINS.items()]

    @property
    def may_nest(self) -> bool:
        return self.depth < conditions.DEEPEST

    def json(self) -> dict[str, Any]:
        """Rows in which nothing stands are left out. Raises ValidationError."""
        parts = [part.json() for part in self.parts if not _is_nothing(part)]
        if not parts and self.depth > 1:  # it would always be true, which nobody means
            raise ValidationError(EMPTY)
        return {self.join: parts} if parts else {}


def posted(data: Posted, name: str, *, tells: bool = True, depth: int = 1) -> Rows:
    """What a browser sent, also what is no condition yet; ``tells`` whether rows say what is wrong."""
    parts: list[Row | Rows] = []
    for number in numbers(data, name):
        place = f"{name}-{number}"
        if f"{place}-join" in data:
            if depth < conditions.DEEPEST:
                parts.append(posted(data, place, tells=tells, depth=depth + 1))
        else:
            parts.append(_row(data, place, tells))
    join = data.get(f"{name}-join")
    is_empty = tells and depth > 1 and all(map(_is_nothing, parts))
    return Rows(
        name=name,
        join=join if join in JOINS else "all",
        parts=tuple(parts),
        depth=depth,
        problem=EMPTY if is_empty else "",
    )


def stored(value: Any, name: str, depth: int = 1) -> Rows:
    """What a rule keeps; what is no condition any more is shown as it stands, and told when it is saved."""
    if not isinstance(value, Mapping) or not value:
        return Rows(name=name, depth=depth)
    join = next((each for each in JOINS if isinstance(value.get(each), list)), "")
    given = value[join] if join else [value]
    parts = tuple(_part(each, f"{name}-{number}", depth) for number, each in enumerate(given))
    return Rows(name=name, join=join or "all", parts=parts, depth=depth)


def choices() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What a condition may look at, by the thing it belongs to."""
    for part in dict.fromkeys(field.part for field in FIELDS.values()):
        yield (
            part.capitalize(),
            [(each.name, f"{part}: {each.noun}") for each in FIELDS.values() if each.part == part],
        )


def _part(value: Any, name: str, depth: int) -> Row | Rows:
    if isinstance(value, Mapping) and any(join in value for join in JOINS):
        return stored(value, name, depth + 1)
    given = value if isinstance(value, Mapping) else {}
    row = Row(name=name, field=str(given.get("field", "")), op=str(given.get("op", "")))
    value = given.get("value", True if row.op == "exists" else "")
    return msgspec.structs.replace(row, text=values.typed(value, row.known.kind if row.known else None))


def _row(data: Posted, name: str, tells: bool) -> Row:
    field, op = (str(data.get(f"{name}-{part}", "")) for part in ("field", "op"))
    known = FIELDS.get(field)
    if known and op not in {*known.kind.tests, "exists"}:
        op = DEFAULT_OP if DEFAULT_OP in known.kind.tests else next(iter(known.kind.tests))
    row = Row(name=name, field=field, op=op, text=str(data.get(f"{name}-value", "")))
    return msgspec.structs.replace(row, problem=_problem(row)) if tells and not row.is_blank else row


def _problem(row: Row) -> str:
    try:
        row.json()
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _is_nothing(part: Row | Rows) -> bool:
    return isinstance(part, Row) and part.is_blank

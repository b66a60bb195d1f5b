"""What a measurement found, against what we want: the floor has to hold, the goal is what we are after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADS = ("what", "value", "floor", "goal", "verdict", "")


@dataclass(frozen=True)
class Scale:
    """How much is done: enough for a figure to rely on, or just enough to show that it runs."""

    is_quick: bool = False

    def pick(self, full: int, quick: int) -> int:
        return quick if self.is_quick else full


@dataclass(frozen=True)
class Row:
    """One figure. Without a floor and a goal it is only shown.

    Which direction is good follows from the two: a goal above its floor wants more, else less is better.
    ``value`` None: it could not be measured, and ``note`` says why.
    """

    what: str
    value: float | None
    unit: str
    floor: float | None = None
    goal: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "FAILED"
        if self.floor is None or self.goal is None:
            return ""
        if self._reaches(self.goal):
            return "goal"
        return "floor" if self._reaches(self.floor) else "MISSED"

    @property
    def is_good(self) -> bool:
        return self.verdict not in ("MISSED", "FAILED")

    def cells(self) -> tuple[str, ...]:
        value = "" if self.value is None else told(self.value, self.unit)
        bars = (told(each, self.unit) if each is not None else "" for each in (self.floor, self.goal))
        return (self.what, value, *bars, self.verdict, self.note)

    def _reaches(self, bar: float) -> bool:
        value, floor, goal = self.value or 0.0, self.floor or 0.0, self.goal or 0.0
        return value >= bar if goal > floor else value <= bar


def told(value: float, unit: str) -> str:
    """A figure with its unit, no more digits than mean something."""
    digits = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def text(rows: Sequence[Row]) -> str:
    """In columns."""
    cells = [HEADS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_line(each, widths) for each in cells)


def markdown(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(HEADS) + " |", "|---|--:|--:|--:|---|---|"]
    return "\n".join([*lines, *("| " + " | ".join(row.cells()) + " |" for row in rows)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Figures to the right, words to the left."""
    padded = [
        each.rjust(width) if 0 < at < 4 else each.ljust(width)
        for at, (each, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()

"""What came out of several runs, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.chaos.run import Outcome

Row = tuple[str, ...]


def markdown(outcomes: Sequence[Outcome]) -> str:
    head, *rows = _rows(outcomes)
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def text(outcomes: Sequence[Outcome]) -> str:
    rows = list(_rows(outcomes))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    padded = (map(str.ljust, row, widths) for row in rows)
    return "".join(f"{'  '.join(row).rstrip()}\n" for row in padded)


def _rows(outcomes: Sequence[Outcome]) -> Iterator[Row]:
    yield ("", *(each.size for each in outcomes))
    yield ("things that happened", *(str(each.events) for each in outcomes))
    yield ("webhooks delivered", *(str(each.webhooks) for each in outcomes))
    for name in sorted({name for each in outcomes for name in each.faults}):
        yield (f"vendor: {name}", *(str(each.faults[name]) for each in outcomes))
    for name in sorted({name for each in outcomes for name in each.struck}):
        yield (name, *(str(each.struck.get(name, "–")) for each in outcomes))
    yield ("processes that ended by themselves", *(str(each.falls.total()) for each in outcomes))
    yield ("minutes", *(f"{each.seconds / 60:.0f}" for each in outcomes))
    yield ("alerts in doubt, told to a person", *(str(len(each.verdict.unknown)) for each in outcomes))
    for name in ("lost", "doubled", "wrong"):
        yield (f"**{name}**", *(f"**{len(getattr(each.verdict, name))}**" for each in outcomes))

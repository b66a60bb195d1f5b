"""Time for an event when there is ten times as much of something, against once as much in the same run."""

from __future__ import annotations

from dataclasses import dataclass

from bench import backlog, house
from bench.size import Size
from bench.table import Row, Scale

TIMES = 10
STORES, RULES = 2, 10  # at once; one of the rules listens
DEAF = """  - recipe: custom
    name: Tell of orders {number}
    mode: live
    params: {{when: order.placed, then: [{{action: send_event, with: {{metric: Order {number}}}}}]}}
"""
DECLINES = """  - recipe: custom
    name: Tell of phone calls {number}
    mode: live
    params:
      when: ticket.opened
      if: {{all: [{{field: ticket.channel, op: eq, value: phone}}]}}
      then: [{{action: send_event, with: {{metric: Phone call {number}}}}}]
"""


@dataclass(frozen=True)
class Case:
    """``events`` of each store wait when the worker begins."""

    what: str
    events: int
    stores: int = STORES
    deaf: int = RULES - 1
    declining: int = 0

    def rules(self) -> str:
        others = [DEAF.format(number=number) for number in range(self.deaf)]
        others += [DECLINES.format(number=number) for number in range(self.declining)]
        return backlog.RULE + "".join(others)


def measure(size: Size, scale: Scale) -> list[Row]:
    """Each is run some times in turn, and its best counts: the machine may be busy."""
    events, turns = scale.pick(500, 30), scale.pick(2, 1)
    cases = (
        Case("once as much", events),
        Case(f"{TIMES}× rules that do not listen", events, deaf=TIMES * RULES - 1),
        Case(f"{TIMES}× stores", events, stores=TIMES * STORES),
        Case(f"{TIMES}× backlog", events * TIMES),
        Case(f"{TIMES}× rules that listen and decline", events, declining=TIMES * RULES - RULES),
    )
    told: dict[str, list[backlog.Told]] = {case.what: [] for case in cases}
    for _ in range(turns):
        for case in cases:
            told[case.what].append(_worked(size, case))
    once, *more = (min(told[case.what], key=lambda each: each.seconds / each.count) for case in cases)
    return [_row(case, found, once) for case, found in zip(cases[1:], more, strict=True)]


def _worked(size: Size, case: Case) -> backlog.Told:
    slugs = [f"store{number}" for number in range(case.stores)]
    with house.opened(size) as home:
        backlog.furnish(home, slugs, case.rules())
        for slug in slugs:
            backlog.open_tickets(home, slug, case.events)
        return backlog.work_off(home, case.events * case.stores)


def _row(case: Case, found: backlog.Told, once: backlog.Told) -> Row:
    each, before = (1000 * told.seconds / told.count for told in (found, once))
    cpu, cpu_before = (1000 * told.cpu / told.count for told in (found, once))
    note = f"{each:.2f} ms against {before:.2f} ms; CPU {cpu:.2f} ms against {cpu_before:.2f} ms"
    floor, goal = (None, None) if case.declining else (1.5, 1.1)
    return Row(f"time for an event with {case.what}", each / before, "×", floor, goal, note)

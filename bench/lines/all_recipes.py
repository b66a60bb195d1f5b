"""The burst of webhooks with every recipe live, against the same burst with its one rule, in the same run."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from time import time

from bench import house, load, orders
from bench.size import Size
from bench.table import Row, Scale
from rules import recipes

PATIENCE = 600.0  # seconds
GORGIAS = {
    "subdomain": orders.SLUG,
    "email": "ops@bench.test",
    "api_key": "key_bench",
    "webhook_secret": "secret_bench",
}
HELPDESK = f"""  - vendor: gorgias
    credentials: {GORGIAS}
    api_root: {{sandbox}}/gorgias
rules:
"""
RULE = "  - {{recipe: {slug}, name: {slug}, mode: live, params: {{}}}}\n"


@dataclass(frozen=True)
class Worked:
    """For one event: milliseconds from the first delivery until nothing is owed, those of our processors,
    and how many effects came of it."""

    each: float
    cpu: float
    effects: float


def measure(size: Size, scale: Scale) -> list[Row]:
    """The two take turns, and the best of each counts: the machine may be busy."""
    count, turns = scale.pick(1_000, 40), scale.pick(2, 1)
    others = [each.name for each in pkgutil.iter_modules(recipes.__path__) if each.name != "custom"]
    told: dict[bool, list[Worked]] = {False: [], True: []}
    for _ in range(turns):
        for is_full, found in told.items():
            found.append(_worked(size, count, others if is_full else []))
    alone, full = (min(found, key=lambda each: each.each) for found in told.values())
    note = f"{len(others) + 1} rules, {full.effects:.1f} effects an event against {alone.effects:.1f}"
    cpu = f"against {alone.cpu:.2f} s"
    return [
        Row("burst with every recipe live", 1000 / full.each, "events/s", note=note),
        Row("… time for an event against one rule alone", full.each / alone.each, "×"),
        Row("… CPU for 1,000 of them, ours", full.cpu, "s", note=cpu),
    ]


def client(others: list[str]) -> str:
    """The client of the burst with a helpdesk, and with these recipes on their defaults."""
    rules = "".join(RULE.format(slug=slug) for slug in others)
    return orders.CLIENT.replace("rules:\n", HELPDESK) + rules


def _worked(size: Size, count: int, others: list[str]) -> Worked:
    with house.opened(size) as home:
        orders.at_vendors(home.sandbox)
        home.sandbox.control("PUT", f"gorgias/accounts/{orders.SLUG}", {"credentials": GORGIAS})
        home.apply(client(others))
        with home.serving():
            _burst(home, 0, count)  # connections, caches, statements: as after a minute of life
            used, effects = home.cpu(), home.count(orders.SETTLED)
            seconds = _burst(home, count, count)
            used = house.spent(used, home.cpu())
            effects = home.count(orders.SETTLED) - effects
    return Worked(1000 * seconds / count, 1000 * house.ours(used) / count, effects / count)


def _burst(home: house.House, first: int, count: int) -> float:
    """Seconds until every delivery is stored, decided and acted upon."""
    told = load.post(home.hook(orders.TOKEN), first, count)
    home.until_idle(PATIENCE)
    return time() - told.began

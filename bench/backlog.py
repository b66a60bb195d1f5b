"""Tickets of which no webhook told: polling pages through them, a rule with three conditions hears them, and
each causes one event at the marketing tool, sent in bulk. The fake helpdesk answers a page cheaply, so the
time is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench import processes, tickets
from bench.house import House

ROUND = ("work", "--until-idle", "--poll-now")
SEEDED = 500  # tickets in one request
PATIENCE = 600.0  # seconds
SETTLED = "SELECT count(*) FROM orchestrator_outboxaction WHERE state = 'done'"
BEGAN = "SELECT min(received_at) FROM orchestrator_inboxevent"
ENDED = "SELECT max(settled_at) FROM orchestrator_outboxaction WHERE state = 'done'"
RULE = """  - recipe: custom
    name: Tell of tickets
    mode: live
    params:
      when: ticket.opened
      if:
        all:
          - {field: ticket.channel, op: eq, value: email}
          - {field: ticket.subject, op: contains, value: "Where"}
          - {field: ticket.priority, op: ne, value: critical}
      then:
        - {action: send_event, with: {metric: Ticket opened}}
"""


@dataclass(frozen=True)
class Told:
    """Seconds from the first page stored until the last effect settled, and of the processor meanwhile."""

    count: int
    seconds: float
    cpu: float  # ours
    fakes: float


def furnish(home: House, slugs: Sequence[str], rules: str) -> None:
    """Clients whose history is read: polling has begun, and nothing is new."""
    for slug in slugs:
        tickets.furnish_vendors(home, slug, hooks=False)
    home.apply(*(tickets.client(slug, rules) for slug in slugs))
    home.run(*ROUND)


def open_tickets(home: House, slug: str, count: int) -> None:
    for begin in range(0, count, SEEDED):
        made = [_ticket(slug, number) for number in range(begin, min(begin + SEEDED, count))]
        home.sandbox.control("PUT", f"gorgias/accounts/{slug}", {"seed": {"tickets": made}})


def work_off(home: House, count: int) -> Told:
    """One worker with nothing behind it, from its first look on; ``count`` effects are owed."""
    fakes = processes.cpu_seconds(home.sandbox.pid)
    with home.running("work", "--poll-now", WAKE="false") as worker:
        processes.until(lambda: home.count(BEGUN), PATIENCE, 0.01)
        used = processes.cpu_seconds(worker)
        processes.until(lambda: home.count(SETTLED) >= count, PATIENCE, 0.05)
        used = processes.cpu_seconds(worker) - used
        fakes = processes.cpu_seconds(home.sandbox.pid) - fakes
    ((began,),), ((ended,),) = home.ask(BEGAN), home.ask(ENDED)
    return Told(count, (_moment(ended) - _moment(began)).total_seconds(), used, fakes)


BEGUN = "SELECT count(*) FROM (SELECT 1 FROM orchestrator_inboxevent LIMIT 1) found"


def _ticket(slug: str, number: int) -> dict[str, Any]:
    return {"subject": "Where is it?", "channel": "email", "customer": {"email": tickets.email(slug, number)}}


def _moment(value: Any) -> datetime:
    """SQLite gives times as text, in UTC."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)

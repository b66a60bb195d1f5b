"""Operations: how the work goes right now, what keeps it back, and the kill switches.

Everybody sees the rows of their own clients. Figures of the whole installation tell of others' clients, so
they are for administrators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.safestring import SafeString

from connectors import connect
from connectors.models import Connection
from orchestrator import backlog, vitals
from orchestrator.act import stops as kill
from orchestrator.admin import display, history, places, scope, waiting
from orchestrator.admin.stopping import MAY, Target, may_stop, stop_url
from orchestrator.models import Enrolment, Import, Process
from rules.models import Rule

SHOWN = 50  # connections on a page
LIMITS = 2  # of each, those with least left
TITLES = {
    "deliveries": "Deliveries to read",
    "events": "Events to decide",
    "actions": "Effects to send",
    "vendor_states": "Holds and releases",
}
PARTS = {
    "web": "Web",
    "worker": "Worker",
    "beat": "Beat",
    "work": "Worker without Celery",
}


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    value: str
    note: str = ""
    tone: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One connection."""

    client: SafeString
    account: SafeString
    chip: SafeString
    waits: str
    since: str
    because: str
    limits: list[str]
    stop_url: str


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of one rule's sequences that are due."""

    client: SafeString
    rule: SafeString
    steps: str
    url: str
    since: str
    because: str


class Runner(msgspec.Struct, frozen=True, kw_only=True):
    """One process of ours."""

    part: str
    where: str
    started: SafeString | str
    seen: str
    chip: SafeString
    failures: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    queues: list[Figure]
    lines: list[Line]
    page: Page[Any]
    steps: list[Due]
    imports: list[str]
    system: list[Figure]
    runners: list[Runner]
    may_stop_all: bool


def build(request: HttpRequest, now: datetime) -> Board:
    rows = list(_connections(request))
    work = backlog.by_connection(rows, now)
    due = backlog.steps_by_rule(scope.limit(Rule.objects.all(), "store", request.user), now)
    in_force = kill.in_force()
    rows.sort(key=lambda row: _urgency(row, work.get(row.pk, [])))
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    standings = connect.standings(shown, now)
    is_administrator = scope.is_administrator(request.user)
    return Board(
        queues=[*_queues(work, now), _figure("Steps of sequences", due, now)],
        lines=[
            _line(request, row, work.get(row.pk, []), standings.get(row.pk), in_force, now) for row in shown
        ],
        page=page,
        steps=_steps(due[:SHOWN], in_force, now),
        imports=_imports(rows),
        system=_system(now) if is_administrator else [],
        runners=[_runner(each, now) for each in vitals.processes(now)] if is_administrator else [],
        may_stop_all=may_stop(request, Target()),
    )


def _connections(request: HttpRequest) -> Iterable[Connection]:
    rows = Connection.objects.select_related("store").defer("resources", "renewed")
    return scope.limit(rows, "store", request.user).order_by("store__name", "vendor", "id")


def _urgency(row: Connection, work: Sequence[backlog.Waiting]) -> tuple[int, float]:
    """Who waits longest first, then who is not well, then the rest as it was."""
    if work:
        return 0, min(each.since for each in work).timestamp()
    return (1 if row.is_enabled and row.health != Connection.Health.HEALTHY else 2), 0.0


def _queues(work: Mapping[int, Sequence[backlog.Waiting]], now: datetime) -> list[Figure]:
    """Of the connections that this person sees."""
    found = [each for waits in work.values() for each in waits]
    return [
        _figure(label, [each for each in found if each.what == name], now) for name, label in TITLES.items()
    ]


def _figure(label: str, work: Sequence[backlog.Waiting | backlog.Steps], now: datetime) -> Figure:
    oldest = min((each.since for each in work), default=None)
    late = oldest is not None and (now - oldest).total_seconds() > settings.BACKLOG_LIMIT
    note = f"the oldest {display.ago(oldest, now)}" if oldest else "nothing waits"
    count = sum(each.count for each in work)
    return Figure(label=label, value=f"{count:,}", note=note, tone="warn" if late else "")


def _steps(due: Sequence[backlog.Steps], in_force: kill.InForce, now: datetime) -> list[Due]:
    rules = Rule.objects.select_related("store").defer("params").in_bulk([each.rule for each in due])
    return [
        Due(
            client=places.link(rule.store),
            rule=places.link(rule, rule.name),
            steps=backlog.told("steps", each.count),
            url=places.list_url(Enrolment, rule=rule.pk),
            since=display.ago(each.since, now),
            because=_step_waits(rule, each, in_force, now),
        )
        for each in due
        if (rule := rules.get(each.rule))
    ]


def _step_waits(rule: Rule, due: backlog.Steps, in_force: kill.InForce, now: datetime) -> str:
    """What the steps of this rule wait for, in words."""
    if in_force.everything or rule.store_id in in_force.stores or rule.pk in in_force.rules:
        return "for the stop to be lifted"
    if rule.mode == Rule.Mode.PAUSED:
        return "for the rule to go on"
    if due.tried_at > now:
        return f"for what they depend on; looked at again at {due.tried_at:%H:%M} UTC"
    return "for their turn"


def _line(
    request: HttpRequest,
    row: Connection,
    work: Sequence[backlog.Waiting],
    standing: connect.Standing | None,
    in_force: kill.InForce,
    now: datetime,
) -> Line:
    is_stopped = in_force.everything or row.store_id in in_force.stores
    may = not is_stopped and request.user.has_perm(MAY)
    return Line(
        client=places.link(row.store),
        account=places.link(row, row.label),
        chip=display.chip(row.get_health_display() if row.is_enabled else "Switched off", _health(row)),
        waits=waiting.words(work),
        since=display.ago(min(each.since for each in work), now) if work else "",
        because=_because(row, work, standing, is_stopped=is_stopped, now=now),
        limits=waiting.limits(standing, most=LIMITS),
        stop_url=stop_url(store=row.store_id) if may else "",
    )


def _health(row: Connection) -> str:
    return row.health if row.is_enabled else ""


def _because(
    row: Connection,
    work: Sequence[backlog.Waiting],
    standing: connect.Standing | None,
    *,
    is_stopped: bool,
    now: datetime,
) -> str:
    """What the work of this connection waits for, in words."""
    if not row.is_enabled:
        return "for somebody to switch the connection on" if work else ""
    if is_stopped and work:
        return "for the stop to be lifted"
    if row.health == Connection.Health.ATTENTION:
        return f"for a person: {row.finding}"
    if standing and standing.breaker.is_open:
        opened = datetime.fromtimestamp(standing.breaker.opened_at, UTC)
        wait = standing.breaker.wait(now.timestamp())
        again = f"the next try in {wait:,.0f} s" if wait else "it is being tried now"
        return f"for the vendor, which does not answer since {display.ago(opened, now)}; {again}"
    if row.health == Connection.Health.WAITING:
        return f"for the vendor: {row.finding}"
    if standing and any(left.wait >= 1 or left.left < 1 for _, left in standing.left):
        return "for room in the vendor's limits"
    return "for its turn" if work else ""


def _imports(rows: Sequence[Connection]) -> list[str]:
    known = {row.pk: row for row in rows}
    found = Import.objects.unfinished().filter(connection__in=known).order_by("connection_id", "kind")
    return [history.said(known[each.connection_id], each) for each in found]


def _system(now: datetime) -> list[Figure]:
    beats = vitals.beats()
    parts = ((vitals.WORKER, "Through the queue"), (vitals.BEAT, "The beat"))
    return [_sign(label, beats.get(part), now) for part, label in parts if settings.WAKE] + _storage()


def _sign(label: str, at: datetime | None, now: datetime) -> Figure:
    late = at is None or (now - at).total_seconds() > settings.HEARTBEAT_LIMIT
    value = "never" if at is None else f"{max(0, int((now - at).total_seconds())):,} s ago"
    return Figure(label=label, value=value, note="overdue" if late else "in time", tone="bad" if late else "")


def _storage() -> list[Figure]:
    try:
        found = vitals.storage()
    except (DatabaseError, OSError):
        return [Figure(label="Database", value="not known", note="its size could not be read", tone="warn")]
    note = "the disk is nearly full: make room" if found.is_short else "enough"
    where = "Free beside the database" if settings.IS_SQLITE else "Free on this machine"
    return [
        Figure(label="Database", value=_size(found.database), note="with what is not merged yet"),
        Figure(label=where, value=_size(found.free), note=note, tone="bad" if found.is_short else ""),
    ]


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def _runner(row: Process, now: datetime) -> Runner:
    gone = vitals.is_gone(row, now)
    return Runner(
        part=PARTS.get(row.part, row.part),
        where=f"{row.host}, process {row.pid}",
        started=display.when(row.started_at),
        seen=f"{max(0, int((now - row.beat_at).total_seconds())):,} s ago",
        chip=display.chip("Gone", "failed") if gone else display.chip("Alive", "ok"),
        failures=row.wake_failures,
    )

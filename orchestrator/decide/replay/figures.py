"""What a rule did in a replay, in numbers, and where it meets the other rules of the client."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Count, Q, Sum

from orchestrator.decide.replay import findings
from orchestrator.decide.replay.findings import Line
from orchestrator.models import Attention, Enrolment, IssuedCode, OutboxAction, RunLogEntry, Suppression
from rules import reasons, registry

State = OutboxAction.State
MOST = 20  # reasons and ways that are told
KEPT = 1_000  # different ones that are counted apart
CHUNK = 300


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Of one form of the rule, within the days that were asked for."""

    messages: int = 0  # to customers
    customers: int = 0
    others: int = 0  # tags, notes, alerts, properties
    parked: int = 0  # that wait for a person's yes
    begun: int = 0  # sequences
    holds_opened: int = 0
    holds_closed: int = 0
    holds_open: int = 0
    collisions: int = 0
    per_day: Mapping[str, int] = {}  # messages to customers
    ways: tuple[tuple[str, int], ...] = ()
    discounts: tuple[tuple[str, int, str], ...] = ()  # currency, how many, the most they take off
    skipped: tuple[tuple[str, int], ...] = ()
    noes: tuple[tuple[str, int], ...] = ()
    alarms: tuple[str, ...] = ()  # what would have needed a person


def of(rule_id: int, name: str, since: datetime, zone: ZoneInfo) -> Figures:
    """From the tables that are used now."""
    mine = OutboxAction.objects.filter(rule=rule_id)
    sent = mine.filter(state=State.DONE, settled_at__gte=since)
    heard = sent.filter(_heard())
    held = Suppression.objects.filter(rule=rule_id)
    days, ways = _sent(sent, zone)
    return Figures(
        messages=heard.count(),
        customers=heard.values("subject").distinct().count(),
        others=sent.exclude(_heard()).count(),
        parked=mine.filter(state=State.PARKED).count() + _parked(rule_id),
        begun=Enrolment.objects.filter(rule=rule_id, began_at__gte=since).count(),
        holds_opened=held.filter(opened_at__gte=since).count(),
        holds_closed=held.filter(closed_at__gte=since).count(),
        holds_open=held.filter(closed_at=None).count(),
        per_day=days,
        ways=ways,
        discounts=_discounts(rule_id, since),
        skipped=_skipped(rule_id, since),
        noes=_noes(name, since),
        alarms=_alarms(rule_id),
    )


def collisions(rule_id: int, since: datetime, zone: ZoneInfo) -> Iterator[Line]:
    """Messages whose reader another rule writes to on the same day, or holds just then."""
    mine = OutboxAction.objects.filter(_heard(), rule=rule_id, state=State.DONE, settled_at__gte=since)
    waiting = mine.order_by("subject", "pk").iterator(CHUNK)
    while rows := list(islice(waiting, CHUNK)):
        subjects = {row.subject for row in rows}
        theirs, holds = _written(rule_id, subjects, zone), _held(rule_id, subjects)
        for row in rows:
            at = row.settled_at or row.planned_for
            for told in {*theirs[row.subject, _day(at, zone)], *_over(holds[row.subject], at)}:
                yield Line(
                    key=(row.key,),
                    at=at,
                    subject=row.subject,
                    reference=row.reference,
                    told=told,
                    branch="",
                    content={},
                )


def _heard() -> Q:
    return Q(action__in=[slug for slug, kind in registry.all_actions().items() if kind.is_heard])


def _written(rule_id: int, subjects: set[str], zone: ZoneInfo) -> Mapping[tuple[str, date], set[str]]:
    found: defaultdict[tuple[str, date], set[str]] = defaultdict(set)
    rows = OutboxAction.objects.filter(_heard(), subject__in=subjects, state=State.DONE).exclude(rule=rule_id)
    for subject, at, rule in rows.values_list("subject", "settled_at", "rule__name"):
        if at:
            found[subject, _day(at, zone)].add(f"“{rule}” writes to them on the same day")
    return found


def _held(rule_id: int, subjects: set[str]) -> Mapping[str, list[Suppression]]:
    found: defaultdict[str, list[Suppression]] = defaultdict(list)
    rows = Suppression.objects.filter(subject__in=subjects).exclude(rule=rule_id).select_related("rule")
    for row in rows:
        found[row.subject].append(row)
    return found


def _over(rows: Iterable[Suppression], at: datetime) -> set[str]:
    open_then = (row for row in rows if row.opened_at <= at and (row.closed_at is None or row.closed_at > at))
    return {f"“{row.rule}” holds them just then" for row in open_then}


def _sent(rows: Any, zone: ZoneInfo) -> tuple[dict[str, int], tuple[tuple[str, int], ...]]:
    days: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    heard = {slug for slug, kind in registry.all_actions().items() if kind.is_heard}
    for row in rows.only("action", "arguments", "settled_at").iterator(CHUNK):
        if row.action in heard:
            days[_day(row.settled_at, zone).isoformat()] += 1
        way = findings.branch(msgspec.json.decode(row.arguments))
        told = registry.all_actions()[row.action].label + (f": {way}" if way else "")
        ways[told if told in ways or len(ways) < KEPT else "Others"] += 1
    return dict(days), tuple(ways.most_common(MOST))


def _parked(rule_id: int) -> int:
    rows = Enrolment.objects.filter(rule=rule_id, state=Enrolment.State.WAITING, approval__isnull=False)
    return rows.filter(approval__answer="").count()


def _discounts(rule_id: int, since: datetime) -> tuple[tuple[str, int, str], ...]:
    rows = (
        IssuedCode.objects.filter(rule=rule_id, issued_at__gte=since).order_by("currency").values("currency")
    )
    told = rows.annotate(count=Count("pk"), cost_sum=Sum("cost"))
    return tuple((row["currency"], row["count"], f"{row['cost_sum']:.2f}") for row in told)


def _skipped(rule_id: int, since: datetime) -> tuple[tuple[str, int], ...]:
    """What was planned and left out at its time, and sequences that ended early."""
    left = OutboxAction.objects.filter(rule=rule_id, state=State.SKIPPED, settled_at__gte=since)
    counts = Counter(dict(left.values_list("because").annotate(count=Count("pk")).order_by("because")))
    ended = Enrolment.objects.filter(rule=rule_id, ended_at__gte=since, state=Enrolment.State.ENDED)
    for reason, count in (
        ended.values_list("ended_because").annotate(count=Count("pk")).order_by("ended_because")
    ):
        counts[f"the sequence ended: {reasons.told(reason)}"] += count
    return tuple(counts.most_common(MOST))


def _noes(name: str, since: datetime) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    rows = RunLogEntry.objects.filter(code="decided_no", at__gte=since).values_list("details", flat=True)
    for details in rows.iterator(CHUNK):
        for no in details.get("noes", ()):
            if no["rule"] == name and (no["reason"] in counts or len(counts) < KEPT):
                counts[no["reason"]] += 1
    return tuple((reasons.told(reason), count) for reason, count in counts.most_common(MOST))


def _alarms(rule_id: int) -> tuple[str, ...]:
    rows = Attention.objects.filter(reference__startswith=f"rule:{rule_id}").order_by("pk")
    return tuple(rows.values_list("sentence", flat=True)[:MOST])


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()

"""People on their way when a rule changes: they finish as they began, unless staff move or stop them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec
from django.db.models import Count, Q, QuerySet

from orchestrator.decide import ending, lease
from orchestrator.decide.lifting import Busy
from orchestrator.models import Enrolment, RunLogEntry, bulk
from orchestrator.record import runlog
from rules import publish, sequences
from rules.compiled import CompiledRule
from rules.models import Rule

CHUNK = 500
FIELDS = ("rule_version", "planned_for", "due_at")
Delays = Mapping[str, timedelta]


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """Who is under way on one version; ``can_move`` of them wait for a step that the newest one has too."""

    version: int
    count: int
    can_move: int


def crowds(rule: Rule) -> list[Crowd]:
    """The newest version first, that of the rule itself included. Two queries."""
    shared = Q(step__in=_delays(_compiled(rule, _newest(rule)))) & _free()
    rows = _waiting(rule).order_by().values("rule_version")
    counted = rows.annotate(count=Count("pk"), can_move=Count("pk", filter=shared)).order_by("-rule_version")
    return [
        Crowd(
            version=row["rule_version"],
            count=row["count"],
            can_move=0 if row["rule_version"] == _newest(rule) else row["can_move"],
        )
        for row in counted
    ]


def move(rule: Rule, *, by: str, now: datetime) -> int:
    """Put those on older versions on the newest one, at the step that they wait for; answers how many.

    That step comes when the newest version wants it, counted from what began the sequence, and not before
    ``now``. Who waits for a step that it does not have, or for a person's yes, finishes as they began.
    Raises Busy.
    """
    target = _compiled(rule, _newest(rule))
    wanted = _delays(target)
    before = {number: _delays(_compiled(rule, number)) for number in _older(rule)}
    moved = 0
    with lease.held(rule.store_id) as ours:
        if ours is None:
            raise Busy
        try:
            while rows := list(_behind(rule).filter(_free(), step__in=wanted)[:CHUNK]):
                with ours.writing():
                    runlog.record(_line(row, rule, by) for row in rows)
                    for row in rows:
                        _put_off(row, wanted[row.step], before.get(row.rule_version, {}), now)
                        row.rule_version = _newest(rule)
                    bulk.create_or_update(rows, FIELDS)
                moved += len(rows)
        except lease.Lost as error:
            raise Busy from error
    return moved


def stop(rule: Rule, *, because: str, by: str, now: datetime) -> int:
    """End those on older versions, with what was not sent yet; answers how many. Raises Busy."""
    return ending.by_hand(_behind(rule), rule.store_id, because=because, by=by, now=now)


def _put_off(row: Enrolment, wanted: timedelta, before: Delays, now: datetime) -> None:
    later = wanted - before.get(row.step, wanted)
    row.planned_for = max(row.planned_for + later, min(row.planned_for, now))
    row.due_at = max(row.due_at + later, row.planned_for)


def _newest(rule: Rule) -> int:
    return rule.version.number if rule.version else 0


def _waiting(rule: Rule) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(rule=rule, state=Enrolment.State.WAITING)


def _behind(rule: Rule) -> QuerySet[Enrolment]:
    return _waiting(rule).exclude(rule_version=_newest(rule)).order_by("planned_for", "pk")


def _free() -> Q:
    """A step that somebody was asked about stays what they were asked about."""
    return Q(approval=None)


def _older(rule: Rule) -> Iterator[int]:
    yield from _behind(rule).order_by().values_list("rule_version", flat=True).distinct()


def _compiled(rule: Rule, number: int) -> CompiledRule | None:
    return publish.compiled_versions([(rule.pk, number)]).get((rule.pk, number))


def _delays(rule: CompiledRule | None) -> Delays:
    """Of each step; nothing for a version that is gone or does not fit any more."""
    return {each.name: each.delay for each in sequences.steps(rule)} if rule else {}


def _line(row: Enrolment, rule: Rule, by: str) -> RunLogEntry:
    return runlog.entry(
        "sequence_moved",
        store_id=row.store_id,
        rule=rule.name,
        rule_version=_newest(rule),
        subject=row.subject,
        reference=row.reference,
        trace=row.trace,
        step=row.step,
        by=by,
        before=row.rule_version,
        after=_newest(rule),
    )

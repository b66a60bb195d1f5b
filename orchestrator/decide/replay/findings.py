"""What a rule did in a replay, line by line, and in which lines two replays differ: a little at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from orchestrator.decide.replay.scratch import Scratch
from orchestrator.models import BacktestLine, OutboxAction, Suppression
from rules import registry

CHUNK = 500
BRANCH = ("step", "value", "history", "branch")  # the properties by which a message's way is told
REACHED = (OutboxAction.State.DONE, OutboxAction.State.PARKED)
Part = BacktestLine.Part


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """``key`` is the same in two replays for the same thing; ``content`` what may then be different."""

    key: tuple[str, ...]
    at: datetime
    subject: str
    reference: str
    told: str
    branch: str
    content: Mapping[str, Any]


def messages(rule_id: int, since: datetime) -> Iterator[Line]:
    """What was sent or set, and what waits for a person's yes, in the order of the keys."""
    rows = OutboxAction.objects.filter(rule=rule_id, state__in=REACHED, planned_for__gte=since)
    for row in rows.order_by("key").iterator(CHUNK):
        arguments = msgspec.json.decode(row.arguments)
        waits = row.state == OutboxAction.State.PARKED
        yield Line(
            key=(row.key,),
            at=row.settled_at or row.planned_for,
            subject=row.subject,
            reference=row.reference,
            told=_sentence(row) + (", once a person says yes" if waits else ""),
            branch=branch(arguments),
            content={"action": row.action, "time": row.settled_at, **arguments},
        )


def holds(rule_id: int, since: datetime) -> Iterator[Line]:
    rows = Suppression.objects.filter(rule=rule_id, opened_at__gte=since)
    for row in rows.order_by("cause", "reference", "subject", "opened_at").iterator(CHUNK):
        until = f" until {row.closed_at:%Y-%m-%d %H:%M} UTC" if row.closed_at else ", still open at the end"
        yield Line(
            key=(row.cause, row.reference, row.subject, row.opened_at.isoformat()),
            at=row.opened_at,
            subject=row.subject,
            reference=row.reference,
            told=f"Hold {row.told or 'marketing'}{until}",
            branch="",
            content={"end": row.closed_at, "why": row.closed_because},
        )


KINDS: tuple[Callable[[int, datetime], Iterator[Line]], ...] = (messages, holds)


def all_of(scratch: Scratch, rule_id: int, since: datetime) -> Iterator[tuple[Part, Line]]:
    for kind in KINDS:
        for line in read(scratch, kind(rule_id, since)):
            yield Part.WHO, line


def differing(one: Scratch, other: Scratch, rule_id: int, since: datetime) -> Iterator[tuple[Part, Line]]:
    for kind in KINDS:
        yield from _unlike(read(one, kind(rule_id, since)), read(other, kind(rule_id, since)))


def branch(arguments: Mapping[str, Any]) -> str:
    """Which way was taken, as the message itself says it."""
    told = arguments.get("properties") or {}
    return ", ".join(str(told[name]).replace("_", " ") for name in BRANCH if told.get(name))


def _unlike(one: Iterator[Line], other: Iterator[Line]) -> Iterator[tuple[Part, Line]]:
    """Both come in the order of their keys, so each is read once and none is kept."""
    left, right = next(one, None), next(other, None)
    while left or right:
        if right is None or (left and left.key < right.key):
            assert left is not None
            yield Part.ONLY_FIRST, left
            left = next(one, None)
        elif left is None or right.key < left.key:
            yield Part.ONLY_SECOND, right
            right = next(other, None)
        else:
            if names := _other(left.content, right.content):
                ways = f"{left.branch} → {right.branch}" if left.branch != right.branch else left.branch
                told = f"{left.told} (other: {', '.join(names)})"
                yield Part.DIFFERS, msgspec.structs.replace(left, branch=ways, told=told)
            left, right = next(one, None), next(other, None)


def _other(one: Mapping[str, Any], other: Mapping[str, Any], at: str = "") -> list[str]:
    """The names of what is not the same; of properties each by itself."""
    found: list[str] = []
    for name in sorted({*one, *other}):
        left, right = one.get(name), other.get(name)
        if left == right:
            continue
        if isinstance(left, dict) and isinstance(right, dict) and not at:
            found += _other(left, right, name)
        else:
            found.append(name.replace("_", " "))
    return found


def read(scratch: Scratch, lines: Iterator[Line]) -> Iterator[Line]:
    """From these tables, whichever are used meanwhile."""
    while True:
        with scratch.used():
            chunk = list(islice(lines, CHUNK))
        if not chunk:
            return
        yield from chunk


def _sentence(row: OutboxAction) -> str:
    with suppress(LookupError, ValueError):
        return registry.load_action(row.action, row.arguments).sentence()
    return row.action

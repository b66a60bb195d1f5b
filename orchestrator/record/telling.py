"""Sentences about rows: causes for silence, their state at the vendors, work that waits, reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors import registry
from orchestrator.models import Enrolment, OutboxAction, RunLogEntry, Suppression, VendorState
from orchestrator.record import codes, places
from rules import reasons
from rules import registry as rules
from rules.sentences import listed, quoted, spoken

State = VendorState.State
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")  # a time as details keep it
OUR_OWN = {"effects"}  # names of wishes within a rule: for the data, not for people


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def thing(reference: str) -> str:
    """gorgias:ticket:555 → Gorgias ticket 555"""
    vendor, _, rest = reference.partition(":")
    known = registry.all_vendors().get(vendor)
    return " ".join([known.label if known else vendor, *rest.split(":", 1)]).strip()


def summary(
    causes: Sequence[Suppression],
    states: Sequence[VendorState],
    actions: Sequence[OutboxAction],
    tickets: Sequence[bool],
    now: datetime,
) -> list[str]:
    """How things stand: held or not and why, where that shows, what is still to come."""
    held = [row for row in causes if row.closed_at is None]
    wanted = [row for row in states if row.wanted or row.state != State.APPLIED]
    nowhere = ["Applied nowhere: this client has no marketing connection."] if held and not wanted else []
    return [
        _held(held, causes),
        *(f"  {cause(row)}" for row in held),
        *(state(row, now) for row in wanted),
        *nowhere,
        f"Tickets: {len(tickets)} known, {sum(tickets)} waiting for an answer.",
        *(f"Waiting: {waiting(row, now)}" for row in actions),
    ]


def _held(held: Sequence[Suppression], causes: Sequence[Suppression]) -> str:
    if held:
        return f"Held: yes, because of {listed([thing(row.reference) for row in held])}."
    ends = [row for row in causes if row.closed_at is not None]
    if not ends:
        return "Held: no, and never was."
    last = max(ends, key=lambda row: row.closed_at or row.opened_at)
    return f"Held: no. {cause(last)}"


def cause(row: Suppression) -> str:
    begun = f"Held by {quoted(row.rule.name)} for {thing(row.reference)} since {moment(row.opened_at)}"
    if row.closed_at is not None:
        return f"{begun}, until {moment(row.closed_at)} ({_plain(row.closed_because) or 'closed'})."
    if row.release_at is not None:
        return f"{begun}; ends at {moment(row.release_at)} ({_plain(row.closed_because) or 'grace'})."
    latest = f", {moment(row.expires_at)} at the latest" if row.expires_at else ""
    return f"{begun}, until that is over{latest}."


def state(row: VendorState, now: datetime) -> str:
    """Where a hold shows: applied, pending, not possible or lost."""
    place = f"At {row.connection.label} ({places.place(row.key).removeprefix('the ')}, {row.subject})"
    verb = State(row.state).label.lower() if row.wanted else f"to be lifted, {State(row.state).label.lower()}"
    because = f": {row.because}" if row.because else ""
    due = f"; looked at again {_due(row.due_at, now)}" if row.due_at else ""
    return " ".join([f"{place}: {verb}{because}{due}.", *limits(row)])


def limits(row: VendorState) -> Iterator[str]:
    """What the hold does not reach, and what it does beside what staff may expect."""
    if row.wanted and (strictness := places.STRICTNESS.get(row.key)):
        yield f"{strictness}."
    if row.wanted and row.key == "hold_list" and row.seen_at:
        for each in row.connection.resources.get("frozen", ()):
            if datetime.fromisoformat(each["frozen_at"]) < row.seen_at:
                yield f"The campaign {quoted(each['name'])} fixed its recipients before: it may still write."


def waiting(row: OutboxAction, now: datetime) -> str:
    by = f" by {quoted(row.rule.name)}" if row.rule else ""
    because = f" ({row.because})" if row.because else ""
    label = OutboxAction.State(row.state).label.lower()
    due = "" if row.state == OutboxAction.State.PARKED else f", due {_due(row.due_at, now)}"
    return f"{action(row)}{by}: {label}{due}{because}."


def sequence(row: Enrolment, now: datetime) -> str:
    """The next step of somebody under way."""
    about = f"for {thing(row.reference)}, begun {moment(row.began_at)}"
    return f"The step “{row.step}” of {quoted(row.rule.name)} {about}: due {_due(row.due_at, now)}."


def logged(entry: RunLogEntry) -> str:
    by = f" [{quoted(entry.rule)}, version {entry.rule_version}]" if entry.rule and entry.rule_version else ""
    return f"{codes.sentence(entry)}{by}"


def noes(entry: RunLogEntry) -> Iterator[str]:
    """Each "no" with its reason, and the values that a decision saw."""
    for no in entry.details.get("noes", ()):
        by = f"{quoted(no['rule'])}, version {no['version']}"
        yield f"No from {by}: {_plain(no['reason'])}.{seen(no['seen'])}"
    if said := seen(entry.details.get("seen")):
        yield said.strip()


def seen(values: Any) -> str:
    """ " Seen: …", or nothing."""
    if not isinstance(values, Mapping) or not values:
        return ""
    # In alphabetical order: PostgreSQL does not keep the order in which names were written.
    told = [f"{_plain(name)} {_value(values[name])}" for name in sorted(values) if name not in OUR_OWN]
    return f" Seen: {'; '.join(told)}." if told else ""


def _value(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        return ", ".join(condition(each) for each in value)
    if isinstance(value, Mapping):
        return listed([f"{name} {each}" for name, each in sorted(value.items())]) or "nothing"
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return moment(datetime.fromisoformat(value))
    return "nothing" if value in ("", []) else spoken(value)


def condition(each: Mapping[str, Any]) -> str:
    """One condition of a rule, ticked or crossed, with what was seen."""
    marks: dict[Any, str] = {True: "✓", False: "✗"}
    mark = marks.get(each.get("passed"), "?")
    asked = " ".join(str(each[part]) for part in ("field", "op", "value") if each.get(part) is not None)
    return f"{mark} {asked} (seen {_value(each.get('seen'))})"


def action(row: OutboxAction) -> str:
    try:
        return rules.load_action(row.action, row.arguments).sentence()
    except (LookupError, ValueError):  # of a later version
        return _plain(row.action)


def _due(at: datetime, now: datetime) -> str:
    return "now" if at <= now else f"at {moment(at)}"


def _plain(code: str) -> str:
    return reasons.told(code)

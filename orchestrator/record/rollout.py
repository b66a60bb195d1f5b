"""The ten steps of setting a client up, each ticked by what is so, never by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from connectors.models import Connection, Store
from orchestrator.record import evidence
from orchestrator.record.evidence import Evidence
from rules.models import RuleVersion

WEEKS = 4
REMINDERS = ("email_after_hours", "text_after_hours", "offer_after_hours")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """``told`` is the evidence, or what is missing."""

    label: str
    is_done: bool
    told: str


def steps(store: Store, now: datetime) -> list[Step]:
    """In order, in a constant number of queries. Whatever stops being so is not ticked any more."""
    return _judged(evidence.of([store], now)[store.pk], now)


def progress(
    stores: Iterable[Store], now: datetime, connections: Iterable[Connection] | None = None
) -> Mapping[int, int]:
    """How many percent of the steps each client has ticked, in as many queries as for one."""
    found = evidence.of(stores, now, connections)
    return {pk: _percent(_judged(known, now)) for pk, known in found.items()}


def _percent(found: list[Step]) -> int:
    return 100 * sum(step.is_done for step in found) // len(found)


def _judged(known: Evidence, now: datetime) -> list[Step]:
    return [
        _assessed(known),
        _looked(known),
        _connected(known, "The storefront is connected", "storefront", "storefront"),
        _connected(known, "The marketing tool is connected", "marketing", "marketing tool"),
        _connected(known, "The helpdesk is connected", "helpdesk", "helpdesk"),
        _proven(known, "ticket_hold", "Open tickets hold marketing", "open a ticket as a customer"),
        _proven(known, "stock_hold", "Sold-out products hold campaigns", "set a product's stock to 0"),
        _reminded(known),
        _routed(known),
        _reviewed(known, now),
    ]


def live_since(store: Store) -> datetime | None:
    """When the first rule went live."""
    first = RuleVersion.objects.filter(rule__store=store, live_at__isnull=False).order_by("live_at")
    return first.values_list("live_at", flat=True).first()


def week_of(store: Store, now: datetime) -> date:
    """The Monday of the last whole week, by the client's clock: that is what is to be read."""
    today = now.astimezone(ZoneInfo(store.timezone)).date()
    return today - timedelta(days=today.weekday() + 7)


def _assessed(known: Evidence) -> Step:
    label = "The assessment is done, and its gaps have a rule"
    last = known.assessment
    if last is None or not last.result:
        return Step(label=label, is_done=False, told="No assessment is finished. Invite the owner.")
    titles = {each.slug: each.recipe for each in last.questions.questions}
    wanted = {titles.get(gap["question"], "") for gap in last.result["gaps"]} - {""}
    missing = wanted - known.recipes
    if missing:
        told = f"Level {last.level}. Without a rule yet: {_listed(missing)}."
        return Step(label=label, is_done=False, told=told)
    return Step(label=label, is_done=True, told=f"Level {last.level}; every gap that a rule closes has one.")


def _looked(known: Evidence) -> Step:
    label = "What the tools do by themselves is read, and every double is decided"
    if known.read_at is None:
        return Step(label=label, is_done=False, told="Not read yet.")
    told = f"{known.existing} read on {known.read_at:%-d %b %Y}; {known.undecided or 'none'} to be decided."
    return Step(label=label, is_done=not known.undecided, told=told)


def _connected(known: Evidence, label: str, role: str, noun: str) -> Step:
    row = known.connections.get(role)
    if row is None:
        return Step(label=label, is_done=False, told=f"No {noun} is connected.")
    is_well = row.health == Connection.Health.HEALTHY
    return Step(label=label, is_done=is_well, told=row.finding or str(row.get_health_display()))


def _proven(known: Evidence, recipe: str, label: str, how: str) -> Step:
    """Live, and it was seen to work: the vendor confirmed a hold of the rule since."""
    if recipe not in known.live:
        return Step(label=label, is_done=False, told="No such rule is live.")
    if recipe not in known.proofs:
        return Step(label=label, is_done=False, told=f"Live, and not seen to work yet: {how}.")
    return Step(label=label, is_done=True, told=f"Seen to work on {known.proofs[recipe]:%-d %b %Y}.")


def _reminded(known: Evidence) -> Step:
    label = "Carts are followed up in three steps"
    version = known.live.get("cart_recovery")
    if version is None:
        return Step(label=label, is_done=False, told="No such rule is live.")
    count = sum(bool(version.params.get(name)) for name in REMINDERS)
    return Step(label=label, is_done=count == len(REMINDERS), told=f"Live with {count} of 3 steps.")


def _routed(known: Evidence) -> Step:
    label = "VIP customers are known and come first"
    version = known.live.get("vip")
    if version is None:
        return Step(label=label, is_done=False, told="No such rule is live.")
    is_routed = any(version.params.get(name) for name in ("priority", "team"))
    told = "Live, with a priority or a team." if is_routed else "Live; it names no priority and no team yet."
    return Step(label=label, is_done=is_routed, told=told)


def _reviewed(known: Evidence, now: datetime) -> Step:
    label = f"The run log is read every week, {WEEKS} weeks in a row"
    wanted = week_of(known.store, now)
    signed = {week for week in known.weeks if week <= wanted}
    count = sum(1 for _ in _in_a_row(wanted, signed))
    return Step(
        label=label, is_done=count >= WEEKS, told=f"{count} of {WEEKS} weeks in a row are signed off."
    )


def _in_a_row(last: date, signed: set[date]) -> Iterator[date]:
    """This week's may still come: then the row ends with the one before."""
    week = last if last in signed else last - timedelta(days=7)
    while week in signed:
        yield week
        week -= timedelta(days=7)


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(sorted(names))

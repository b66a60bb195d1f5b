"""What a client's set-up is judged by, gathered for any number of clients with the same few questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Case, Count, DateTimeField, Exists, OuterRef, Q, Subquery, When

from assessment.models import Assessment
from connectors.models import Connection, Store
from orchestrator.models import Existing, RunLogEntry, Suppression, WeeklyReview
from orchestrator.models.runlog import CONFIRMED
from rules.models import Rule, RuleVersion

PROVEN = ("ticket_hold", "stock_hold")  # recipes that have to be seen to work
REVIEWS = timedelta(days=90)  # how far back a row of signed weeks is followed


class Evidence(msgspec.Struct, kw_only=True):
    """Of one client."""

    store: Store
    assessment: Assessment | None = None  # the last that was finished
    read_at: datetime | None = None  # when their own flows and rules were read
    existing: int = 0
    undecided: int = 0
    connections: dict[str, Connection] = {}  # role → the one that is switched on
    recipes: set[str] = set()  # those that have a rule, whatever its mode
    live: dict[str, RuleVersion] = {}  # recipe → the version that runs
    proofs: dict[str, datetime] = {}  # recipe → a hold that the vendor confirmed
    weeks: set[date] = set()  # Mondays of the weeks that were signed off


def of(
    stores: Iterable[Store], now: datetime, connections: Iterable[Connection] | None = None
) -> Mapping[int, Evidence]:
    """Five questions however many clients there are; four where the caller knows the connections."""
    found = {store.pk: Evidence(store=store) for store in stores}
    if connections is None:
        connections = Connection.objects.filter(store__in=found)
    for row in connections:
        if row.is_enabled:
            found[row.store_id].connections[row.role] = row
    for assessed in _assessments(found):
        found[assessed.store_id].assessment = assessed
    for pk, read_at, count, undecided in _existing(found):
        found[pk].read_at, found[pk].existing, found[pk].undecided = read_at, count, undecided
    _add_rules(found)
    for pk, weeks in _weeks(found, now).items():
        found[pk].weeks = weeks
    return found


def _assessments(found: Mapping[int, Evidence]) -> Iterable[Any]:
    of_store = Assessment.objects.finished().filter(store=OuterRef("store"))
    newest = of_store.order_by("-finished_at").values("pk")[:1]
    return Assessment.objects.filter(store__in=found, pk=Subquery(newest))


def _existing(found: Mapping[int, Evidence]) -> Iterable[tuple[int, datetime | None, int, int]]:
    """When their own flows and rules were read, how many there are, and how many are to be decided."""
    is_open = ~Q(existing__double_of="") & Q(existing__decision=Existing.Decision.OPEN)
    counted = Store.objects.filter(pk__in=found).annotate(
        count=Count("existing"), undecided=Count("existing", filter=is_open)
    )
    return counted.order_by().values_list("pk", "inventory__read_at", "count", "undecided")


def _add_rules(found: Mapping[int, Evidence]) -> None:
    """Whether a hold was confirmed is looked for only where it matters, and only until one is found."""
    applied = RunLogEntry.objects.filter(trace=OuterRef("trace"), store=OuterRef("store"), code__in=CONFIRMED)
    held = Suppression.objects.filter(rule=OuterRef("pk")).filter(Exists(applied)).order_by("-id")
    proof = Case(
        When(mode=Rule.Mode.LIVE, recipe__in=PROVEN, then=Subquery(held.values("opened_at")[:1])),
        default=None,
        output_field=DateTimeField(),
    )
    rows = Rule.objects.filter(store__in=found).select_related("version")
    for rule in rows.annotate(proof=proof).order_by("pk"):
        known = found[rule.store_id]
        known.recipes.add(rule.recipe)
        if rule.mode == Rule.Mode.LIVE and rule.version is not None:
            known.live[rule.version.recipe] = rule.version
            if rule.proof is not None:
                known.proofs[rule.version.recipe] = rule.proof


def _weeks(found: Mapping[int, Evidence], now: datetime) -> Mapping[int, set[date]]:
    signed = WeeklyReview.objects.filter(store__in=found, week__gte=(now - REVIEWS).date())
    weeks = defaultdict(set)
    for pk, week in signed.values_list("store_id", "week"):
        weeks[pk].add(week)
    return weeks

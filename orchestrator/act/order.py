"""Which effects go next: first in, first out; of two wishes for the same thing only the newest.

Two wishes are alike when they have the same ``setting``, such as the priority of one ticket. An older one
that was not sent yet is left out, however late it comes back from a retry. A newer one never overtakes one
that is under way or in doubt: that may still land, and would then have the last word.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from django.db import connection as database
from django.db.models import Exists, OuterRef, Q, QuerySet

from connectors.models import Connection
from orchestrator.act import settling
from orchestrator.models import OutboxAction
from rules.actions.base import AnyAction

State = OutboxAction.State
UNDER_WAY = (State.CLAIMED, State.IN_DOUBT, State.ACCEPTED)
COUNTS = (State.WAITING, *UNDER_WAY, State.DONE)


def setting_of(action: AnyAction) -> str:
    """A fingerprint of what it sets, "" when nothing replaces it. It tells nobody's address."""
    return blake2b("|".join(action.sets).encode(), digest_size=12).hexdigest() if action.sets else ""


def pick(connection: Connection, due: QuerySet[OutboxAction], now: datetime, limit: int) -> list[int]:
    """Ids of at most ``limit`` effects; the caller holds the transaction and the connection's row."""
    free = due.filter(connection=connection, planned_for__lte=now).exclude(state=State.CLAIMED)
    free = free.exclude(~Q(setting=""), Exists(_older(UNDER_WAY)))
    # What was kept back comes first all the same: its due time moved, what it was planned for did not.
    free = free.order_by("planned_for", "id")
    if database.features.has_select_for_update_skip_locked:
        free = free.select_for_update(skip_locked=True, of=("self",))
    while picked := dict(free.values_list("pk", "setting")[:limit]):
        if not (outdated := _outdated([pk for pk, setting in picked.items() if setting], now)):
            break
        for row in outdated:
            settling.skip(row, "superseded", now)
    return list(picked)


def overtaken(rows: Iterable[OutboxAction]) -> set[int]:
    """Ids of those that waited for a person while something newer was decided for the same thing."""
    ids = [row.pk for row in rows if row.setting]
    if not ids:
        return set()
    newer = _alike().filter(pk__gt=OuterRef("pk"), state__in=COUNTS)
    return set(OutboxAction.objects.filter(Exists(newer), pk__in=ids).values_list("pk", flat=True))


def _outdated(ids: list[int], now: datetime) -> list[OutboxAction]:
    """What was never sent and has a newer one; what may have been sent is looked after to its end."""
    if not ids:
        return []
    rows = OutboxAction.objects.filter(pk__in=ids, state=State.WAITING)
    return list(rows.filter(Exists(_newer(now))).select_related("rule", "connection"))


def _newer(now: datetime) -> QuerySet[OutboxAction]:
    later = Q(planned_for__gt=OuterRef("planned_for")) | Q(
        planned_for=OuterRef("planned_for"), pk__gt=OuterRef("pk")
    )
    return _alike().filter(later, state__in=COUNTS, planned_for__lte=now)


def _older(states: tuple[OutboxAction.State, ...]) -> QuerySet[OutboxAction]:
    earlier = Q(planned_for__lt=OuterRef("planned_for")) | Q(
        planned_for=OuterRef("planned_for"), pk__lt=OuterRef("pk")
    )
    return _alike().filter(earlier, state__in=states)


def _alike() -> QuerySet[OutboxAction]:
    same = OutboxAction.objects.filter(connection=OuterRef("connection"), setting=OuterRef("setting"))
    return same.exclude(setting="")

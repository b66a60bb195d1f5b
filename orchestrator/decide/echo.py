"""What we did ourselves to the objects of a batch, so that its coming back does not start us again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from connectors.types import AnySnapshot
from orchestrator.decide.mirror import ours
from orchestrator.models import OutboxAction
from rules import registry
from rules.actions.base import AnyAction

State = OutboxAction.State
COMES_BACK_WITHIN = timedelta(days=1)
MAY_HAVE_ARRIVED = (
    Q(state__in=[State.CLAIMED, State.ACCEPTED, State.IN_DOUBT, State.DONE])
    | Q(state__in=[State.WAITING, State.FAILED], was_in_doubt=True)
)  # fmt: skip


class Sent(NamedTuple):
    row_id: int
    action: AnyAction
    settled_at: datetime | None


class Echoes:
    """Actions of ours that reached the vendor, or may have, and have not been seen to come back."""

    def __init__(self) -> None:
        self._on: defaultdict[str, list[Sent]] = defaultdict(list)
        self._seen: set[int] = set()

    def load(self, store_id: int, references: Iterable[str], now: datetime) -> None:
        """In one query for the whole batch."""
        recent = Q(settled_at=None) | Q(settled_at__gte=now - COMES_BACK_WITHIN)
        rows = OutboxAction.objects.filter(
            MAY_HAVE_ARRIVED,
            recent,
            store_id=store_id,
            target__in=set(references),
            came_back_at=None,
        ).exclude(target="")
        for row in rows.order_by("pk").only("pk", "target", "action", "arguments", "settled_at"):
            with suppress(LookupError, ValueError):  # of a later version, or erased
                action = registry.load_action(row.action, row.arguments)
                self._on[row.target].append(Sent(row.pk, action, row.settled_at))

    def on(self, reference: str, now: datetime) -> list[AnyAction]:
        """Those that may still come back."""
        return [each.action for each in self._recent(reference, now)]

    def see(self, reference: str, known: AnySnapshot | None, told: AnySnapshot, now: datetime) -> None:
        """What has come back: doing the same again later is somebody else's doing.

        Of actions that are alike each stands for one coming back.
        """
        if known is None:
            return
        back: dict[int, AnyAction] = {}
        for row_id, action, _ in self._recent(reference, now):
            if action not in back.values() and ours.explains(action, known, told):
                back[row_id] = action
        self._seen |= back.keys()
        self._on[reference] = [each for each in self._on[reference] if each.row_id not in back]

    def _recent(self, reference: str, now: datetime) -> list[Sent]:
        """A batch may come from several moments."""
        since = now - COMES_BACK_WITHIN
        return [each for each in self._on[reference] if not each.settled_at or each.settled_at >= since]

    def save(self, now: datetime) -> None:
        if self._seen:
            OutboxAction.objects.filter(pk__in=self._seen).update(came_back_at=now)
        self._seen = set()

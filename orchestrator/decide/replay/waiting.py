"""What time makes due for a client, and when. It is asked at each moment, so the statements are made once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet

from connectors.models import Connection, Store
from connectors.types import Transition
from orchestrator.act import outbox
from orchestrator.decide import abandoned, approvals, due, steps
from orchestrator.models import Approval, Cart, Enrolment, OutboxAction, Suppression
from rules import publish

EVER = datetime(1970, 1, 1, tzinfo=UTC)
MARK = datetime(1970, 1, 2, tzinfo=UTC)  # stands where the moment goes in a statement


class Soonest:
    """Of these rows the first time in ``field`` after a moment."""

    def __init__(self, rows: QuerySet[Any], field: str) -> None:
        wanted = rows.filter(**{f"{field}__gt": MARK}).order_by(field).values_list(field)[:1]
        self._statement, values = wanted.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        self._values = list(values)
        self._prepared = rows.model._meta.get_field(field).get_db_prep_value
        self._at = self._values.index(self._prepared(MARK, connection))

    def after(self, moment: datetime) -> datetime | None:
        self._values[self._at] = self._prepared(moment, connection)
        with connection.cursor() as cursor:
            cursor.execute(self._statement, self._values)
            row = cursor.fetchone()
        return row[0].replace(tzinfo=UTC) if row else None


class Kind(NamedTuple):
    """Rows that wait, and who takes those that are due."""

    soonest: tuple[Soonest, ...]
    do: Callable[[Store, datetime], int]


class Waiting:
    """All that waits for its time, in the tables that are used when this is made. They are one client's."""

    def __init__(self, store: Store) -> None:
        owed = OutboxAction.objects.owed().exclude(state=OutboxAction.State.PARKED)
        held = Suppression.objects.open()
        sequences = Enrolment.objects.to_take().filter(store=store, ended_at=None)  # so an index has them
        self.book = publish.compiled_for([store.pk])[store.pk]  # nothing changes a rule here
        left = self.book.hearing(Transition.CART_ABANDONED)  # nothing else depends on whether a cart was left
        self._store = store
        self._kinds = (
            *((Kind((Soonest(Cart.objects.all(), "abandons_at"),), abandoned.tell),) if left else ()),
            Kind((Soonest(sequences, "due_at"),), steps.advance),
            Kind((Soonest(Approval.objects.unfinished(), "expires_at"),), approvals.carry_out),
            Kind((Soonest(held, "release_at"), Soonest(held, "expires_at")), due.release),
            Kind((Soonest(owed, "due_at"),), _send),
        )

    def next(self, after: datetime) -> datetime | None:
        """When something is due next."""
        found = (each.after(after) for kind in self._kinds for each in kind.soonest)
        return min((at for at in found if at is not None), default=None)

    def work(self, now: datetime) -> int:
        """One round of all that time has made due; answers how much it was."""
        return sum(kind.do(self._store, now) for kind in self._kinds if _is_due(kind, now))


def _is_due(kind: Kind, now: datetime) -> bool:
    return any((at := each.after(EVER)) is not None and at <= now for each in kind.soonest)


def _send(store: Store, now: datetime) -> int:
    owed = Connection.objects.filter(store=store, pk__in=outbox.connections_due(now)).select_related("store")
    return sum(due.dispatch(each, now) for each in owed.order_by("pk"))

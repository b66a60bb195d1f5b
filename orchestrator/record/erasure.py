"""Forgets a person, or a whole storefront, when the vendor passes such a request on.

What other tools hold of the same person is theirs: staff are told to erase it there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from django.db import models, transaction
from django.db.models import Q

from connectors.models import Connection
from connectors.types import PrivacyRequest
from orchestrator.models import (
    Attention,
    Backtest,
    BacktestLine,
    Customer,
    CustomerKey,
    CustomerRecord,
    Delivery,
    Enrolment,
    InboxEvent,
    OutboxAction,
    RunLogEntry,
    Suppression,
    VendorState,
)
from orchestrator.models.mirror import OF_CUSTOMERS
from orchestrator.record import addresses
from rules import subjects

ERASED = "erased"
OUT = OutboxAction.State
UNSENT = (OUT.WAITING, OUT.PARKED, OUT.CLAIMED, OUT.ACCEPTED, OUT.IN_DOUBT)

# Where we wrote an address into a text. A new table is one line.
TEXTS: tuple[tuple[type[models.Model], str], ...] = (
    (RunLogEntry, "details"),
    (Attention, "sentence"),
)


@transaction.atomic
def erase_person(connection: Connection, request: PrivacyRequest, now: datetime) -> int:
    """Everything this storefront told of a person, and their address and telephone number in what we wrote.
    Safe to repeat.

    Answers how many objects of the mirror were erased. An open hold keeps its address until it ends: it
    is what makes us let go of the person again.
    """
    asked = [f"{connection.vendor}:{request.customer_id}"]
    asked += [f"{addresses.EMAIL}{each}" for each in request.emails]
    people = CustomerKey.objects.filter(store_id=connection.store_id, value__in=asked)
    owners = set(people.values_list("customer_id", flat=True))
    names = _names_of(owners) | {*request.emails} | _as_written(subjects.number(request.phone))
    count = sum(_erase_rows(connection, table, Q(customer__in=owners)) for table in OF_CUSTOMERS)
    _forget(connection, owners, names, now)
    return count


@transaction.atomic
def erase_storefront(connection: Connection, now: datetime) -> int:
    """Everything this storefront ever told of people, and the addresses of those whom no other tool knows.

    Answers how many objects of the mirror were erased.
    """
    mine = CustomerKey.objects.filter(store_id=connection.store_id, value__startswith=f"{connection.vendor}:")
    owners = set(mine.values_list("customer_id", flat=True))
    for table in OF_CUSTOMERS:
        rows = table._default_manager.filter(store_id=connection.store_id, vendor=connection.vendor)
        owners |= set(rows.exclude(customer=None).values_list("customer_id", flat=True))
    names = _names_of(owners - _known_elsewhere(owners, connection.vendor))
    count = sum(_erase_rows(connection, table, Q()) for table in OF_CUSTOMERS)
    InboxEvent.objects.filter(store_id=connection.store_id, connection=connection).delete()
    Delivery.objects.filter(connection=connection).delete()
    _forget(connection, owners, names, now)
    return count


def _names_of(owners: Iterable[int]) -> set[str]:
    """Every address and number of theirs, as ledger, log and bodies write it."""
    phones = CustomerRecord.objects.filter(customer__in=list(owners)).exclude(phone="")
    numbers = phones.values_list("phone", flat=True)
    return {*chain(*addresses.emails(owners).values(), *map(_as_written, numbers))}


def _as_written(number: str) -> set[str]:
    """As a subject, and in a text or a body."""
    return {number, subjects.of_phone(number)} if number else set()


def _erase_rows(connection: Connection, table: type[models.Model], whose: Q) -> int:
    rows = table._default_manager.filter(whose, store_id=connection.store_id, vendor=connection.vendor)
    ids = list(rows.values_list("object_id", flat=True))
    for start in range(0, len(ids), 500):
        events = InboxEvent.objects.filter(
            store_id=connection.store_id, connection=connection, kind=getattr(table, "kind", "")
        )
        events.filter(object_id__in=ids[start : start + 500]).delete()
    rows.delete()
    return len(ids)


def _known_elsewhere(owners: set[int], vendor: str) -> set[int]:
    """Those whom another tool knows by a number, or told something of."""
    keys = CustomerKey.objects.filter(customer__in=owners).exclude(value__startswith=addresses.EMAIL)
    found = set(keys.exclude(value__startswith=f"{vendor}:").values_list("customer_id", flat=True))
    for table in OF_CUSTOMERS:
        rows = table._default_manager.filter(customer__in=owners).exclude(vendor=vendor)
        found |= set(rows.values_list("customer_id", flat=True))
    return found


def _forget(connection: Connection, owners: set[int], names: set[str], now: datetime) -> None:
    _erase_heard(connection, names)
    _erase_names(connection.store_id, names, now)
    CustomerKey.objects.filter(customer__in=owners, value__startswith=f"{connection.vendor}:").delete()
    nobody = owners - _known_elsewhere(owners, connection.vendor)
    Customer.objects.filter(pk__in=nobody).delete()


def _erase_heard(connection: Connection, names: set[str]) -> None:
    """Bodies that were read are not needed any more, whoever they speak of; of the others, theirs go."""
    deliveries = Delivery.objects.filter(connection=connection)
    deliveries.filter(state=Delivery.State.READ).delete()
    events = InboxEvent.objects.filter(store_id=connection.store_id, connection=connection).exclude(
        state=InboxEvent.State.DONE
    )
    for rows in (deliveries, events):
        theirs = [row.pk for row in rows.iterator() if _tells_of(bytes(row.body), names)]
        for start in range(0, len(theirs), 500):
            rows.filter(pk__in=theirs[start : start + 500]).delete()


def _tells_of(body: bytes, names: set[str]) -> bool:
    text = body.decode("utf-8", "replace").lower()
    return any(each in text for each in names)


def _erase_names(store_id: int, names: set[str], now: datetime) -> None:
    open_holds = Suppression.objects.open().filter(store_id=store_id, subject__in=names)
    gone = names - set(open_holds.values_list("subject", flat=True))
    for played in (Suppression, OutboxAction, Enrolment):
        played._base_manager.filter(store_id=store_id, subject__in=names, is_shadow=True).delete()
    if not gone:
        return
    for table, field in TEXTS:
        _rewrite(table, field, store_id, gone)
    for ledger in (RunLogEntry, Suppression):
        ledger._default_manager.filter(store_id=store_id, subject__in=gone).update(subject=ERASED)
    actions = OutboxAction.objects.filter(store_id=store_id, subject__in=gone)
    actions.filter(state__in=[OUT.WAITING, OUT.PARKED]).update(
        state=OUT.SKIPPED, because="The person has to be forgotten.", settled_at=now
    )
    actions.exclude(state__in=UNSENT).update(subject=ERASED, arguments="{}", change="", setting="")
    Enrolment.objects.filter(store_id=store_id, subject__in=gone).delete()
    VendorState.objects.filter(connection__store_id=store_id, subject__in=gone, wanted=False).delete()
    BacktestLine.objects.filter(backtest__store=store_id, subject__in=gone).delete()
    Backtest.objects.unfinished().filter(store=store_id).update(is_cancelled=True)  # it may have read of them


def _rewrite(table: type[models.Model], field: str, store_id: int, names: set[str]) -> None:
    """Texts that hold an address or a number, in whatever letters, get another word in its place."""
    said = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))), re.IGNORECASE)
    for name in names:
        for row in table._default_manager.filter(store_id=store_id, **{f"{field}__icontains": name}):
            value = getattr(row, field)
            if isinstance(value, str):
                new = said.sub(ERASED, value)
            else:
                new = json.loads(said.sub(ERASED, json.dumps(value, ensure_ascii=False)))
            table._default_manager.filter(pk=row.pk).update(**{field: new})

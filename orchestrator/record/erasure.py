"""Forgets a person, or a whole storefront, when the vendor passes such a request on.

What other tools hold of the same person is theirs: staff are told to erase it there.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from connectors.models import Connection
from orchestrator.models import (
    Customer,
    CustomerKey,
    Delivery,
    InboxEvent,
    OutboxAction,
    RunLogEntry,
    Suppression,
    VendorState,
)
from orchestrator.models.mirror import OF_CUSTOMERS

ERASED = "erased"
EMAIL = "email:"


@transaction.atomic
def erase_person(connection: Connection, customer_id: str, emails: Iterable[str]) -> int:
    """Everything this storefront told of a person, and their address in what we wrote. Safe to repeat.

    Answers how many objects of the mirror were erased. An open hold keeps its address until it ends: it
    is what makes us let go of the person again.
    """
    keys = [f"{connection.vendor}:{customer_id}", *(f"{EMAIL}{each}" for each in emails)]
    people = CustomerKey.objects.filter(store_id=connection.store_id, value__in=keys)
    owners = list(people.values_list("customer_id", flat=True))
    count = sum(_erase_rows(connection, Q(customer__in=owners), table.kind) for table in OF_CUSTOMERS)
    _erase_deliveries(connection)
    known = CustomerKey.objects.filter(customer__in=owners, value__startswith=EMAIL)
    addresses = {value.removeprefix(EMAIL) for value in known.values_list("value", flat=True)} | {*emails}
    _erase_addresses(connection.store_id, addresses)
    CustomerKey.objects.filter(customer__in=owners, value__startswith=f"{connection.vendor}:").delete()
    _erase_nameless(owners)
    return count


@transaction.atomic
def erase_storefront(connection: Connection) -> int:
    """Everything this storefront ever told. Answers how many objects of the mirror were erased."""
    count = sum(_erase_rows(connection, Q(), table.kind) for table in OF_CUSTOMERS)
    InboxEvent.objects.filter(connection=connection).delete()
    _erase_deliveries(connection)
    mine = CustomerKey.objects.filter(store_id=connection.store_id, value__startswith=f"{connection.vendor}:")
    owners = list(mine.values_list("customer_id", flat=True))
    mine.delete()
    _erase_nameless(owners)
    return count


def _erase_rows(connection: Connection, whose: Q, kind: str) -> int:
    table = next(each for each in OF_CUSTOMERS if each.kind == kind)
    rows = table._default_manager.filter(whose, store_id=connection.store_id, vendor=connection.vendor)
    ids = list(rows.values_list("object_id", flat=True))
    for start in range(0, len(ids), 500):
        events = InboxEvent.objects.filter(connection=connection, kind=kind)
        events.filter(object_id__in=ids[start : start + 500]).delete()
    rows.delete()
    return len(ids)


def _erase_deliveries(connection: Connection) -> None:
    """Raw bodies that were read already are not needed any more, whoever they speak of."""
    Delivery.objects.filter(connection=connection, state=Delivery.State.READ).delete()


def _erase_addresses(store_id: int, addresses: set[str]) -> None:
    if not addresses:
        return
    held = set(
        Suppression.objects.open()
        .filter(store_id=store_id, subject__in=addresses)
        .values_list("subject", flat=True)
    )
    gone = addresses - held
    RunLogEntry.objects.filter(store_id=store_id, subject__in=gone).update(subject=ERASED)
    Suppression.objects.filter(store_id=store_id, subject__in=gone).update(subject=ERASED)
    OutboxAction.objects.filter(store_id=store_id, subject__in=gone).exclude(
        state__in=("waiting", "claimed", "in_doubt", "accepted")
    ).update(subject=ERASED, arguments="{}", change="")
    VendorState.objects.filter(connection__store_id=store_id, subject__in=gone, wanted=False).delete()


def _erase_nameless(owners: Iterable[int]) -> None:
    """Whom no other tool knows is nobody any more."""
    for person in Customer.objects.filter(pk__in=list(owners)):
        others = person.keys.exclude(value__startswith=EMAIL)
        if not others.exists():
            person.delete()

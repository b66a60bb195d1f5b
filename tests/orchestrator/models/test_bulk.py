"""Many rows are written at once, and those that were there already stay as they were."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, transaction

from connectors.models import Store
from orchestrator.models import Customer, CustomerKey, RunLogEntry, Ticket, bulk
from tests.scene import client

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
SIZES = [1, bulk.CROWD - 1, bulk.CROWD, 3 * bulk.CROWD]


def person(store: Store) -> Customer:
    return Customer.objects.create(store=store, key="email:lea@shop.test", name="", updated_at=NOON)


def keys(customer: Customer, numbers: Iterable[int]) -> list[CustomerKey]:
    return [
        CustomerKey(store_id=customer.store_id, customer=customer, value=f"shopify:{number}")
        for number in numbers
    ]


def stored() -> dict[str, int]:
    return dict(CustomerKey.objects.values_list("value", "customer_id"))


@pytest.mark.parametrize("size", SIZES)
def test_what_is_there_already_is_left_alone_however_many_are_new(size: int) -> None:
    store = client()
    lea, other = person(store), Customer.objects.create(store=store, key="email:x@shop.test", updated_at=NOON)
    bulk.append(keys(lea, [0, 7]))

    bulk.append(keys(other, range(size)), ignore_conflicts=True)

    theirs = {f"shopify:{number}": other.pk for number in range(size)}
    assert stored() == theirs | {"shopify:0": lea.pk, "shopify:7": lea.pk}


@pytest.mark.parametrize("size", SIZES)
def test_what_else_the_transaction_wrote_survives_a_conflict(size: int) -> None:
    store = client()
    lea = person(store)
    bulk.append(keys(lea, [0]))

    with transaction.atomic():
        Customer.objects.filter(pk=lea.pk).update(name="Lea")
        bulk.append(keys(lea, range(size)), ignore_conflicts=True)

    assert Customer.objects.get().name == "Lea"
    assert len(stored()) == size


@pytest.mark.parametrize("size", SIZES)
def test_a_conflict_that_nobody_expects_is_refused_whole(size: int) -> None:
    lea = person(client())
    bulk.append(keys(lea, [0]))

    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.append(keys(lea, range(size)))

    assert stored() == {"shopify:0": lea.pk}


def test_moments_structures_and_nothing_come_back_as_they_were() -> None:
    store = client()
    elsewhere = NOON.astimezone(timezone(timedelta(hours=13)))
    rows = [
        RunLogEntry(at=moment, store=owner, code="event_heard", rule_version=version, details=details)
        for moment, owner, version, details in [
            (NOON, store, None, {"told": "“Näh”\t\\N", "n": [1, 2.5, None]}),
            (elsewhere, None, 3, {}),
        ]
    ]

    bulk.append(rows)

    told = RunLogEntry.objects.order_by("pk").values_list("at", "store", "rule_version", "details")
    assert list(told) == [
        (NOON, store.pk, None, {"told": "“Näh”\t\\N", "n": [1, 2.5, None]}),
        (NOON, None, 3, {}),
    ]


@pytest.mark.parametrize("keyed", [True, False])
def test_of_known_rows_only_the_named_fields_are_written(keyed: bool) -> None:
    store = client()
    known, other = (
        Ticket(
            store=store,
            vendor="gorgias",
            object_id=number,
            source_at=NOON,
            confirmed_at=NOON,
            body=b"old",
            needs_care=False,
        )
        for number in "12"
    )
    known.save()
    known.body, known.vendor = b"new", "somebody"

    bulk.create_or_update([known, other], ["body"], keyed=keyed)

    found = Ticket.objects.order_by("object_id").values_list("vendor", "object_id", "body")
    assert [(vendor, id_, bytes(body)) for vendor, id_, body in found] == [
        ("gorgias", "1", b"new"),
        ("gorgias", "2", b"old"),
    ]
    assert (other.pk is not None) is keyed

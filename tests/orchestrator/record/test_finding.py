"""Who is meant by an address or by a number."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connectors.models import Store
from orchestrator.models import Customer, CustomerKey, CustomerRecord
from orchestrator.models.mirror import OfCustomer
from orchestrator.record import addresses, finding
from tests.orchestrator.admin import examples

pytestmark = pytest.mark.django_db


def known(store: Store, name: str, *keys: str) -> Customer:
    row = Customer.objects.create(store=store, key=min(keys), name=name, updated_at=examples.NOW)
    CustomerKey.objects.bulk_create(CustomerKey(store=store, customer=row, value=key) for key in keys)
    return row


def found(term: str) -> list[tuple[str, str, str]]:
    return [(each.client, each.subject, each.name) for each in finding.people(Store.objects.all(), term)]


def test_an_address_of_a_known_person_is_found_at_each_client() -> None:
    for name in ("Harbor Tea", "Alder Goods"):
        known(examples.store(name), "Ana Ruiz", "email:ana@shop.test", f"gorgias:{name}")

    assert found("ANA@shop.test") == [
        ("Alder Goods", "ana@shop.test", "Ana Ruiz"),
        ("Harbor Tea", "ana@shop.test", "Ana Ruiz"),
    ]


def test_who_is_only_spoken_of_in_the_log_is_found_too() -> None:
    for _ in range(2):
        examples.entry(
            examples.store() if not Store.objects.exists() else Store.objects.get(), subject="ana@shop.test"
        )

    assert found("ana@shop.test") == [("North Ridge Outfitters", "ana@shop.test", "")]


@pytest.mark.parametrize("typed", ["8001", "gorgias:ticket:8001"])
def test_a_number_leads_to_whom_it_belongs(typed: str) -> None:
    store = examples.store()
    ana = known(store, "Ana Ruiz", "email:b@shop.test", "email:a@shop.test")
    for row in examples.mirrored(store, 8001):
        if isinstance(row, OfCustomer):
            row.customer = ana
            row.save()

    assert found(typed) == [("North Ridge Outfitters", "a@shop.test", "Ana Ruiz")]


def test_a_part_of_a_word_and_nothing_at_all_find_nobody() -> None:
    known(examples.store(), "Ana Ruiz", "email:ana@shop.test")

    assert (found("ana"), found("  "), found("@shop.test")) == ([], [], [])


def test_the_number_of_questions_does_not_grow() -> None:
    store = examples.store()
    counts = []
    for number, vendor in enumerate(("shopify", "klaviyo", "gorgias")):
        owner = known(store, "Ana", f"email:{number}@shop.test", f"gorgias:{number}")
        for row in examples.mirrored(store, 900 + number):
            if isinstance(row, OfCustomer):
                row.customer, row.object_id, row.vendor = owner, "900", vendor
                row.save()
        with CaptureQueriesContext(database) as asked:
            assert len(found("900")) == number + 1
        counts.append(len(asked))

    assert len(set(counts)) == 1


PHONE = "+15551234567"


def has(store: Store, person: Customer, number: int, phone: str = PHONE) -> None:
    values = {"vendor": "shopify", "object_id": str(number), "source_at": examples.NOW}
    CustomerRecord.objects.create(
        store=store, customer=person, phone=phone, confirmed_at=examples.NOW, body=b"{}", **values
    )


@pytest.mark.parametrize("typed", ["+1 (555) 123-4567", "phone:+15551234567"])
def test_a_telephone_number_finds_everybody_who_has_it_each_under_their_address(typed: str) -> None:
    store = examples.store()
    has(store, known(store, "Ana Ruiz", "email:ana@shop.test", "shopify:1"), 1)
    has(store, known(store, "Ben Ruiz", "shopify:2"), 2)

    assert found(typed) == [
        ("North Ridge Outfitters", "ana@shop.test", "Ana Ruiz"),
        ("North Ridge Outfitters", f"phone:{PHONE}", "Ben Ruiz"),
    ]


def test_a_number_that_two_people_have_joins_nobody() -> None:
    store = examples.store()
    ana, ben = known(store, "Ana", "email:ana@shop.test", "shopify:1"), known(store, "Ben", "shopify:2")
    has(store, ana, 1)
    alone = addresses.person(store.pk, f"phone:{PHONE}")
    has(store, ben, 2)

    together = addresses.person(store.pk, f"phone:{PHONE}")
    by_mail = addresses.person(store.pk, "ana@shop.test")

    assert alone == addresses.Person(frozenset({ana.pk}), ("ana@shop.test", f"phone:{PHONE}"))
    assert together == addresses.Person(frozenset({ben.pk}), (f"phone:{PHONE}",))
    assert by_mail == addresses.Person(frozenset({ana.pk}), ("ana@shop.test",))

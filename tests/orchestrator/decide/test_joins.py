"""Several customers that turn out to be one, in a single batch."""

from __future__ import annotations

import pytest

from connectors.types import Person
from orchestrator.decide import people
from orchestrator.models import Customer, CustomerKey, InboxEvent, Ticket
from tests.scene import at, client, hear, ticket

pytestmark = pytest.mark.django_db


def test_chain_of_joins_in_one_batch_ends_in_one_customer() -> None:
    store = client()
    hear(store, ticket(1, customer=Person(emails=("mia@shop.test",))))
    hear(store, ticket(2, customer=Person(emails=("ada@shop.test",))))

    hear(
        store,
        ticket(3, minutes=1, customer=Person(emails=("bea@shop.test",))),
        ticket(4, minutes=2, customer=Person(emails=("bea@shop.test", "mia@shop.test"))),
        ticket(5, minutes=3, customer=Person(emails=("ada@shop.test", "bea@shop.test"))),
        now=at(5),
    )

    assert [row.key for row in Customer.objects.all()] == ["email:ada@shop.test"]
    assert Ticket.objects.exclude(customer__key="email:ada@shop.test").count() == 0
    assert set(InboxEvent.objects.values_list("state", flat=True)) == {"done"}
    assert not InboxEvent.objects.exclude(error="").exists()


def test_chain_of_joins_is_written_as_one_batch(db: None) -> None:
    store = client()
    old = people.People(store.pk)
    old.identify(frozenset({"email:mia@shop.test"}), "", at(0))
    old.identify(frozenset({"email:ada@shop.test"}), "", at(0))
    old.save()
    keys = [f"email:{name}@shop.test" for name in ("ada", "bea", "mia")]
    batch = people.People.load(store.pk, keys)

    batch.identify(frozenset({keys[1]}), "", at(1))
    batch.identify(frozenset({keys[1], keys[2]}), "", at(1))
    batch.identify(frozenset({keys[0], keys[1]}), "", at(1))
    batch.save()

    assert [row.key for row in Customer.objects.all()] == [keys[0]]
    assert CustomerKey.objects.filter(customer__key=keys[0]).count() == 3

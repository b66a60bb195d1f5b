"""What is known of a storefront can be looked at, by client, person and id."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from orchestrator.models import Cart, CustomerRecord, Order, Product, Return, Ticket
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Order, ["Ana 8001", "50.00 USD", "Counted"]),
        (Cart, ["Ana 8001", "50.00 USD", "Being filled"]),
        (Return, ["Ana 8001", "Requested"]),
        (CustomerRecord, ["Ana 8001", "120.00 USD", "wholesale"]),
        (Ticket, ["Ana 8001", "Where is it?", "Waits for an answer"]),
        (Product, ["Shirt of North Ridge Outfitters", "4"]),
    ],
)
def test_a_list_says_what_there_is(model: type[Model], words: list[str], ours: World, enter: Enter) -> None:
    told = enter(ours.root).get(pages.changelist(model)).content.decode()

    assert [word for word in words if word not in told] == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [("ANA8001@north-ridge-outfitters.test", 1), ("8001", 1), ("nobody@shop.test", 0), ("800", 0)],
)
def test_orders_are_found_by_address_and_id(asked: str, found: int, ours: World, enter: Enter) -> None:
    examples.mirrored(ours.store, 8002)

    rows = enter(ours.root).get(pages.changelist(Order), {"q": asked}).context["cl"].result_list

    assert len(rows) == found


def test_a_page_shows_the_snapshot_as_it_was_told(ours: World, enter: Enter) -> None:
    told = enter(ours.root).get(pages.change(Order.objects.get())).content.decode()

    assert "Shopify order 8001" in told
    assert "As it came" in told


def test_nothing_can_be_changed(ours: World, enter: Enter) -> None:
    client, row = enter(ours.root), Order.objects.get()

    change, _, delete = pages.of(row)

    assert client.post(change, {"total": 1}).status_code == 403
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert Order.objects.get().total == 50

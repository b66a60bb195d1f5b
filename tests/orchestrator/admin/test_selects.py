"""However many clients, people and products there are: what is chosen from is looked up, not listed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import copy

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connectors.models import Store
from orchestrator.models import Product
from rules.models import Rule
from tests.orchestrator.admin import pages
from tests.orchestrator.admin.examples import World

MANY = 720
MOST = 700  # options: there are some six hundred time zones
SELECT = re.compile(r"<select[^>]*name=\"([^\"]*)\"[^>]*>(.*?)</select>", re.DOTALL)


def fill(world: World) -> None:
    Store.objects.bulk_create(
        Store(name=f"Client {number}", slug=f"client-{number}", platform="shopify") for number in range(MANY)
    )
    User.objects.bulk_create(User(username=f"person-{number}", is_staff=True) for number in range(MANY))
    Rule.objects.bulk_create(
        Rule(store=world.store, name=f"Rule {number}", recipe="vip") for number in range(MANY)
    )
    products(world, MANY)


def products(world: World, count: int) -> None:
    """So many more of this client."""
    [known] = Product.objects.filter(store=world.store)
    rows = [copy(known) for _ in range(count)]
    for number, row in enumerate(rows):
        row.pk, row.object_id, row.title = None, f"many-{number}", f"Tent no. {number}"
    Product.objects.bulk_create(rows)


def test_no_select_lists_more_than_some_hundred(ours: World, enter: Callable[[User], Client]) -> None:
    client = enter(ours.root)
    fill(ours)
    lists = {pages.changelist(model) for model in pages.models()}  # these have no forms

    long = {
        f"{path} {name}": count
        for path in pages.all_of(ours)
        if path.partition("?")[0] not in lists
        for name, options in SELECT.findall(client.get(path).content.decode())
        if (count := options.count("<option")) > MOST
    }

    assert long == {}


def test_ten_thousand_products_are_searched_and_never_listed(
    ours: World, theirs: World, enter: Callable[[User], Client]
) -> None:
    client, rule = enter(ours.root), pages.add(Rule)
    recipes = ("custom", "reorder_alert", "stock_hold", "post_purchase")
    forms = [f"{rule}?recipe={recipe}" for recipe in recipes]
    forms += [pages.change(ours.custom), reverse("admin:rule_try", args=[ours.custom.pk])]
    few = [len(client.get(path).content) for path in forms]

    products(ours, 10_000)

    assert [len(client.get(path).content) for path in forms] == pytest.approx(few, abs=100)  # tokens differ
    mine = {"client": str(ours.store.pk)}
    assert titles(client, {"q": "tent no. 9876", **mine}) == ["Tent no. 9876"]
    assert titles(client, {"q": "many-9876"}) == ["Tent no. 9876"]
    assert len(titles(client, {"q": "tent", **mine})) == 50  # a page, with the way to older ones


def titles(client: Client, asked: Mapping[str, str]) -> list[str]:
    rows = client.get(pages.changelist(Product), asked).context["cl"].result_list
    return [row.title for row in rows]

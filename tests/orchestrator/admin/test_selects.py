"""However many clients, people and products there are: what is chosen from is looked up, not listed."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy

from django.contrib.auth.models import User
from django.test import Client

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
    [known] = Product.objects.filter(store=world.store)
    rows = [copy(known) for _ in range(MANY)]
    for number, row in enumerate(rows):
        row.pk, row.object_id = None, f"many-{number}"
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

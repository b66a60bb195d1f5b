"""Clients: set up by staff, seen by those who are given them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from connectors.models import Store
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import World

FILLED = {
    "name": "Lumen Skincare",
    "slug": "lumen",
    "platform": "shopify",
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "country": "DE",
    "keep_deliveries": 30,
    "keep_events": 180,
    "keep_run_log": 400,
    "Store_staff-TOTAL_FORMS": 0,
    "Store_staff-INITIAL_FORMS": 0,
}


def test_who_adds_a_client_may_see_it(ours: World, maya: User, enter: Callable[[User], Client]) -> None:
    client = enter(maya)

    client.post(pages.add(Store), FILLED)

    store = Store.objects.get(slug="lumen")
    assert list(store.staff.all()) == [maya]
    assert client.get(pages.change(store)).status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("currency", "eur", "three capital letters"),
        ("country", "de", "two capital letters"),
        ("timezone", "Mars/Olympus", "Select a valid choice"),
        ("slug", "two words", "valid “slug”"),
        ("slug", "north-ridge-outfitters", "already exists"),
        ("platform", "magento", "Select a valid choice"),
        ("name", "", "required"),
    ],
)
def test_a_mistake_is_told_beside_its_field(
    field: str, value: str, told: str, ours: World, enter: Callable[[User], Client]
) -> None:
    answer: Any = enter(ours.root).post(pages.add(Store), {**FILLED, field: value})

    assert told in " ".join(answer.context["adminform"].form.errors[field])


def test_names_need_not_be_unique(ours: World, enter: Callable[[User], Client]) -> None:
    enter(ours.root).post(pages.add(Store), {**FILLED, "name": ours.store.name})

    assert Store.objects.filter(name=ours.store.name).count() == 2


def test_its_page_shows_connections_rules_and_what_is_wrong(
    ours: World, enter: Callable[[User], Client]
) -> None:
    page = enter(ours.root).get(pages.change(ours.store)).content.decode()

    for told in ("Gorgias", "Klaviyo", ours.rule.name, ours.custom.name, "The key is not accepted"):
        assert told in page
    assert f"/connection/add/?store={ours.store.pk}" in page


def test_the_list_counts_people_not_causes(ours: World, enter: Callable[[User], Client]) -> None:
    examples.suppression(ours.rule, "ana@north-ridge-outfitters.test", 5)
    examples.suppression(ours.rule, "ben@shop.test", 6)
    examples.suppression(ours.rule, "carl@shop.test", 7, closed_at=examples.NOW)

    [row] = enter(ours.root).get(pages.changelist(Store)).context["cl"].result_list

    assert (row.silent_count, row.live_count) == (2, 1)


def test_an_administrator_says_who_may_see_it(ours: World, enter: Callable[[User], Client]) -> None:
    person = User.objects.create_user("ben", password=examples.PASSWORD, is_staff=True)
    rows = {"Store_staff-TOTAL_FORMS": 1, "Store_staff-0-user": person.pk}

    enter(ours.root).post(pages.add(Store), {**FILLED, **rows})

    assert list(Store.objects.get(slug="lumen").staff.all()) == [person]

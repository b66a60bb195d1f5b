"""Catalog items are hidden and shown again; what others did to them stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors import connect
from orchestrator.act import drift, reconcile
from orchestrator.models import VendorState
from tests.orchestrator.act.conftest import Shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


@pytest.fixture
def catalog(shop: Shop) -> Shop:
    items = [{"external_id": "7"}, {"external_id": "8", "published": False}]
    shop.control("PUT", f"klaviyo/accounts/{shop.slug}", {"seed": {"catalog_items": items}})
    return shop


def marketing(shop: Shop) -> Any:
    return connect.open(shop.klaviyo)


def hold(shop: Shop, wanted: bool, *products: str) -> None:
    now = timezone.now()
    shop.want(wanted, *(f"product:{each}" for each in products), key="hold_catalog", now=now)
    reconcile.drive(shop.klaviyo, now)


def shown(shop: Shop) -> dict[str, bool]:
    return {each["external_id"]: each["published"] for each in shop.state("klaviyo")["catalog_items"]}


def row(product: str = "7") -> VendorState:
    return VendorState.objects.get(subject=f"product:{product}")


def test_an_item_is_hidden_and_shown_again(catalog):
    hold(catalog, True, "7")
    during = shown(catalog)
    hold(catalog, False, "7")

    assert during["7"] is False
    assert shown(catalog)["7"] is True


def test_what_was_hidden_before_us_stays_hidden(catalog):
    hold(catalog, True, "8")
    prior = row("8").prior
    hold(catalog, False, "8")

    assert prior is True
    assert shown(catalog)["8"] is False


def test_a_product_outside_the_catalog_cannot_be_hidden(catalog):
    hold(catalog, True, "9")

    because = "the product is in no catalog that can be changed from here"
    assert (row("9").state, row("9").because) == ("not_possible", because)


def test_what_somebody_shows_again_is_told_and_not_hidden_again(catalog):
    hold(catalog, True, "7")
    catalog.do("klaviyo", "catalog_item_publish", external_id="7")
    drift.compare(catalog.klaviyo, marketing(catalog), timezone.now())
    reconcile.drive(catalog.klaviyo, timezone.now() + timedelta(hours=1))

    assert row().state == "lost"
    assert shown(catalog)["7"] is True


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_call_that_broke_off_is_made_again(catalog, when, settings):
    settings.SETTLE_SECONDS = 0.0
    catalog.fault("klaviyo", "catalog-items/", kind="reset", when=when, times=1)
    hold(catalog, True, "7")
    reconcile.drive(catalog.klaviyo, timezone.now() + timedelta(minutes=1))
    during = shown(catalog)["7"]
    hold(catalog, False, "7")

    assert during is False
    assert shown(catalog)["7"] is True

"""Klaviyo tells what the shop told it: polled by metric, from a watermark of its own clock on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import TryLater
from connectors.roles.marketing import VIEWS
from connectors.types import Page, Person, ViewSnapshot
from tests.connectors.accounts import FakeAccount

LISTENING = frozenset({VIEWS})


@pytest.fixture(autouse=True)
def _the_metric_exists(klaviyo: FakeAccount) -> None:
    klaviyo.control("POST", "limits", {"on": False})
    klaviyo.seed(metrics=[{"name": "Viewed Product"}, {"name": "Active on Site"}])


def poll(account: FakeAccount, watermark: str = "", **options: str) -> tuple[list[Any], str, Page]:
    """Snapshots, the new watermark, and the last page."""
    pages = list(account.open(wants=LISTENING, options=options).poll(watermark))
    assert [each for each in pages if each.watermark is not None] == pages[-1:]
    return [one for each in pages for one in each.snapshots], str(pages[-1].watermark), pages[-1]


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def test_a_view_names_its_person_and_its_product(klaviyo):
    shown = klaviyo.do(
        "product_view",
        email="Ana@shop.test",
        product_id="7",
        title="Boots",
        url="https://x.test/products/boots",
    )

    ((view,), _, _) = poll(klaviyo)

    assert view == ViewSnapshot(
        id=shown["id"],
        source_at=datetime.fromisoformat(shown["datetime"]),
        customer=Person(id=shown["profile"], emails=("ana@shop.test",)),
        product_id="7",
        title="Boots",
        url="https://x.test/products/boots",
    )


@pytest.mark.parametrize(
    ("properties", "product_id", "title"),
    [
        ({"Product ID": 7, "Name": "Boots"}, "7", "Boots"),
        ({"ProductID": "gid://shopify/Product/7", "Title": "Boots"}, "7", "Boots"),
        ({"product_id": "7", "ProductName": "Boots", "Name": "Other"}, "7", "Boots"),
        ({"ItemId": "7"}, "7", ""),
        ({"ProductID": None, "Categories": ["Shoes"]}, "", ""),
        ({"ProductID": {"odd": True}, "Name": ["odd"]}, "", ""),
    ],
)
def test_integrations_spell_it_in_their_own_ways(klaviyo, properties, product_id, title):
    klaviyo.do("event_create", email="ana@shop.test", metric="Viewed Product", properties=properties)

    ((view,), _, _) = poll(klaviyo)

    assert (view.product_id, view.title) == (product_id, title)


def test_nobody_listens_so_one_call_proves_the_key_and_no_event_is_read(klaviyo):
    klaviyo.do("product_view", email="ana@shop.test", product_id="7")

    pages = list(klaviyo.open().poll("whatever it was"))

    assert [(each.account.name, each.watermark, each.unheard) for each in pages] == [(klaviyo.name, "", {})]
    assert [each["path"] for each in klaviyo.requests()] == ["/api/accounts"]


def test_a_quiet_poll_is_one_call(klaviyo):
    _, watermark, _ = poll(klaviyo)
    before = len(klaviyo.requests())

    found, after, last = poll(klaviyo, watermark)

    assert (found, last.unheard) == ([], None)
    assert [each["path"].partition("?")[0] for each in klaviyo.requests()[before:]] == ["/api/events"]
    assert after >= watermark


def test_what_shows_late_is_told_and_what_was_told_comes_the_same_again(klaviyo):
    klaviyo.do("product_view", email="ana@shop.test", product_id="7", time=ago(2))
    (first, watermark, _) = poll(klaviyo)

    klaviyo.do("product_view", email="ana@shop.test", product_id="8", time=ago(10))
    (again, _, _) = poll(klaviyo, watermark)

    assert [each.product_id for each in again] == ["8", "7"]
    assert again[1:] == first


def test_the_first_poll_begins_shortly_before_now(klaviyo):
    klaviyo.do("product_view", email="ana@shop.test", product_id="7", time=ago(60))
    klaviyo.do("product_view", email="ana@shop.test", product_id="8", time=ago(1))

    assert [each.product_id for each in poll(klaviyo)[0]] == ["8"]


def test_all_pages_are_read_in_order(klaviyo):
    views = [
        {
            "metric": "Viewed Product",
            "email": f"p{each % 5}@shop.test",
            "time": ago(5),
            "unique_id": f"u{each}",
        }
        for each in range(1001)
    ]
    klaviyo.seed(events=views)

    found, _, _ = poll(klaviyo)

    assert len({each.id for each in found}) == 1001
    assert len(klaviyo.requests("/api/events")) == 3


def test_trouble_halfway_moves_no_watermark(klaviyo):
    klaviyo.do("product_view", email="ana@shop.test", product_id="7")
    klaviyo.fault("/api/events", "status", status=503)

    pages = klaviyo.open(wants=LISTENING).poll("")
    begun = next(pages)
    with pytest.raises(TryLater):
        next(pages)

    assert (begun.snapshots, begun.watermark) == ((), None)
    assert len(poll(klaviyo)[0]) == 1


def test_the_metric_that_the_account_maps_counts_before_a_name(klaviyo):
    klaviyo.seed(metrics=[{"name": "Saw it", "integration": "Shopify", "mapped": "viewed_product"}])
    klaviyo.do("product_view", email="ana@shop.test", product_id="7", metric="Saw it", integration="Shopify")
    klaviyo.do("product_view", email="ana@shop.test", product_id="8")

    assert [each.product_id for each in poll(klaviyo)[0]] == ["7"]


@pytest.mark.parametrize("name", ["Seen (Shop app)", "seen (shop app)", "id"])
def test_what_staff_name_counts_before_everything(klaviyo, name):
    planted = klaviyo.seed(metrics=[{"name": "Seen", "integration": each} for each in ("Shop app", "API")])[
        "metrics"
    ]
    klaviyo.do("product_view", email="ana@shop.test", product_id="7", metric="Seen", integration="Shop app")

    found = poll(klaviyo, viewed_product_metric=planted[0] if name == "id" else name)[0]

    assert [each.product_id for each in found] == ["7"]


def test_another_name_is_heeded_at_the_next_poll(klaviyo):
    _, watermark, _ = poll(klaviyo)
    klaviyo.seed(metrics=[{"name": "Seen"}])
    klaviyo.do("product_view", email="ana@shop.test", product_id="7", metric="Seen")

    found, _, _ = poll(klaviyo, watermark, viewed_product_metric="Seen")

    assert [each.product_id for each in found] == ["7"]


def test_a_name_that_is_not_there_is_told(klaviyo):
    _, _, last = poll(klaviyo, viewed_product_metric="Sean")

    assert last.unheard == {
        "view": "Klaviyo has no metric “Sean”, which the connection names for product views. "
        "Correct it there."
    }


def test_of_two_metrics_of_one_name_none_is_guessed(klaviyo):
    klaviyo.seed(metrics=[{"name": "Viewed Product", "integration": "Shopify"}])

    _, _, last = poll(klaviyo)

    assert last.unheard is not None
    assert "“Viewed Product (API)” and “Viewed Product (Shopify)”" in last.unheard["view"]


def test_a_metric_that_does_not_exist_yet_is_told(new_account):
    fresh = new_account("klaviyo")

    _, _, last = poll(fresh)

    assert last.unheard is not None
    assert last.unheard["view"].startswith("Klaviyo has no metric “Viewed Product” yet")


def test_a_missing_scope_is_named(klaviyo):
    klaviyo.control("PUT", f"klaviyo/accounts/{klaviyo.name}", {"scopes": ["accounts:read", "metrics:read"]})

    with pytest.raises(Exception, match="events:read and profiles:read"):
        poll(klaviyo)

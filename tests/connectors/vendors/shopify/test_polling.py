"""Polling: everything since the watermark, nothing from before, and a strange answer is noticed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import NeedsAttention, TryLater, VendorError
from connectors.http import Client
from connectors.types import Page
from connectors.vendors.shopify import marks, polling
from connectors.vendors.shopify.reading import Reader
from tests.connectors.accounts import FakeAccount
from tests.connectors.vendors.shopify.told import read
from tests.connectors.wire import listening, says

NOW = datetime(2031, 5, 14, 10, tzinfo=UTC)


def at(account: FakeAccount, moment: datetime) -> None:
    account.control("POST", "clock", {"now": moment.isoformat()})


def polled(account: FakeAccount, watermark: str = "") -> tuple[dict[tuple[str, str], Any], str]:
    """What was found, and the next watermark."""
    pages = list(account.open().poll(watermark))
    found = [each for page in pages for each in page.snapshots]
    return {(each.kind, each.id): each for each in found}, str(pages[-1].watermark)


def settled(account: FakeAccount) -> str:
    """The watermark of a poll an hour later, when all that was done now is old."""
    at(account, NOW + timedelta(hours=1))
    return polled(account)[1]


def kinds(found: dict[tuple[str, str], Any]) -> set[str]:
    return {kind for kind, _ in found}


def a_bit_of_everything(account: FakeAccount) -> dict[str, Any]:
    number = account.seed(products=[{"title": "Boot", "variants": [{"inventory_quantity": 3}]}])["products"][
        0
    ]
    order = account.do("order_create", email="ana@shop.test")
    account.do("checkout_abandon", email="ben@shop.test")
    account.do("return_request", order_id=order["id"])
    return {"product": number, "order": order["id"]}


def test_the_first_poll_begins_a_little_before_now(shopify):
    at(shopify, NOW - timedelta(days=3))
    shopify.do("order_create", email="old@shop.test")
    at(shopify, NOW - timedelta(minutes=10))
    new = shopify.do("order_create", email="new@shop.test")
    at(shopify, NOW)

    found, watermark = polled(shopify)

    assert {id_ for kind, id_ in found if kind == "order"} == {str(new["id"])}
    assert marks.read(watermark).orders == NOW - timedelta(minutes=1)


def test_every_kind_of_change_is_found(shopify):
    at(shopify, NOW - timedelta(minutes=5))
    a_bit_of_everything(shopify)
    at(shopify, NOW)

    found, _ = polled(shopify)

    assert kinds(found) == {"order", "customer", "product", "cart", "return"}


def test_a_poll_tells_the_same_as_reading(shopify):
    made = a_bit_of_everything(shopify)

    found, _ = polled(shopify)

    for kind in ("order", "product"):
        assert found[kind, str(made[kind])] == read(shopify, kind, made[kind])[0]


def test_only_what_changed_since_is_found_again(shopify):
    at(shopify, NOW)
    made = a_bit_of_everything(shopify)
    watermark = settled(shopify)
    at(shopify, NOW + timedelta(hours=2))
    nothing, watermark = polled(shopify, watermark)
    shopify.do("order_pay", id=made["order"])
    at(shopify, NOW + timedelta(hours=2, minutes=5))

    found, _ = polled(shopify, watermark)

    assert nothing == {}
    assert ("order", str(made["order"])) in found
    assert "product" not in kinds(found)


def test_stock_alone_is_a_change_of_the_product(shopify):
    at(shopify, NOW)
    made = a_bit_of_everything(shopify)
    watermark = settled(shopify)
    at(shopify, NOW + timedelta(hours=2))
    shopify.do("stock_set", id=made["product"], available=-1)

    found, _ = polled(shopify, watermark)

    assert {key: each.stock for key, each in found.items()} == {("product", str(made["product"])): -1}


def test_customers_of_yesterday_are_not_told_again(shopify):
    at(shopify, NOW)
    shopify.seed(customers=[{"email": f"p{each}@shop.test"} for each in range(120)])
    watermark = settled(shopify)
    at(shopify, NOW + timedelta(hours=5))
    new = shopify.do("customer_create", email="new@shop.test")
    before = len(shopify.requests())

    found, _ = polled(shopify, watermark)

    assert set(found) == {("customer", str(new["id"]))}
    assert len(shopify.requests()) - before == 3  # the look at all, one page of customers, one of stock


def test_a_poll_that_finds_nothing_takes_one_look_and_asks_for_stock(shopify):
    at(shopify, NOW)
    a_bit_of_everything(shopify)
    watermark = settled(shopify)
    at(shopify, NOW + timedelta(hours=5))
    before = len(shopify.requests())

    found, following = polled(shopify, watermark)

    assert (found, len(shopify.requests()) - before) == ({}, 2)
    assert marks.read(following).orders == NOW + timedelta(hours=5, minutes=-1)


def test_what_the_index_shows_late_is_not_missed(shopify):
    at(shopify, NOW)
    _, watermark = polled(shopify)
    at(shopify, NOW - timedelta(minutes=10))
    late = shopify.do("order_create", email="ana@shop.test")
    at(shopify, NOW + timedelta(minutes=2))

    found, _ = polled(shopify, watermark)

    assert ("order", str(late["id"])) in found


@pytest.mark.parametrize(
    "watermark", ["", "{", "null", '{"orders": "soon"}', '{"orders": "2031-05-14"}', "[]"]
)
def test_a_watermark_that_cannot_be_read_begins_anew(shopify, watermark):
    at(shopify, NOW)

    _, following = polled(shopify, watermark)

    assert marks.read(following).orders == NOW - timedelta(minutes=1)


def test_an_inactive_location_is_not_asked_for_stock(shopify):
    shopify.seed(locations=[{"id": 62, "name": "Closed", "active": False}])

    polled(shopify)

    asked = [each for each in shopify.requests() if "ChangedInventory" in str(each["body"])]
    assert len(asked) == 1


def test_a_throttle_ends_the_poll_and_the_next_ones_get_to_the_end(shopify):
    at(shopify, NOW)
    _, watermark = polled(shopify)
    at(shopify, NOW + timedelta(hours=1))
    shopify.seed(
        customers=[{"email": f"p{each}@shop.test"} for each in range(700)],
        products=[{"title": f"P{each}", "variants": [{"inventory_quantity": 1}]} for each in range(200)],
        orders=[{"email": f"p{each}@shop.test"} for each in range(100)],
    )
    found: dict[tuple[str, str], Any] = {}
    polls = 0
    while len(found) < 1000 and polls < 20:
        polls += 1
        at(shopify, NOW + timedelta(hours=1, seconds=20 * polls))
        more, watermark = polled(shopify, watermark)
        found |= more

    counts = {kind: sum(key[0] == kind for key in found) for kind in kinds(found)}
    assert polls > 3
    assert counts == {"customer": 700, "product": 200, "order": 100}


def test_a_poll_that_could_read_nothing_says_so(shopify):
    shopify.fault("/graphql", "status", status=429, seconds=7, times=50)

    with pytest.raises(TryLater) as caught:
        list(shopify.open().poll(""))

    assert caught.value.after == 7


def test_a_missing_scope_needs_attention_and_moves_nothing(shopify):
    shopify.do("scope_remove", scope="read_products")

    with pytest.raises(NeedsAttention, match="read_products"):
        list(shopify.open().poll(""))


class Script:
    """Answers each list with what the test wants, all others with nothing."""

    def __init__(self, **nodes: list[dict[str, Any]]) -> None:
        self.nodes = nodes
        self.asked: list[dict[str, Any]] = []

    def poll(self, watermark: str) -> list[Page]:
        with listening(self._talk) as self.wire:
            client = Client(self.wire.url, {}, allow_loopback=True, deadline=5.0, label="Shopify")
            return list(polling.poll(Reader(client, "north-ridge"), watermark))

    def _talk(self, connection: Any, halted: Any) -> None:
        body = json.loads(self.wire.requests[-1].partition(b"\r\n\r\n")[2])
        self.asked.append(body["variables"])
        name = next((each for each in self.nodes if f" {each}(first" in body["query"]), "")
        listed = {"nodes": self.nodes.get(name, []), "pageInfo": {"hasNextPage": False}}
        answer = {"data": dict.fromkeys(("locations", "orders", "products", "customers"), listed)}
        says(json.dumps(answer).encode(), Date="Wed, 14 May 2031 10:00:00 GMT")(connection, halted)


@pytest.mark.parametrize("stamp", ["2031-05-14T09:40:00Z", "2020-01-01T00:00:00Z", "soon", None])
@pytest.mark.parametrize("name", ["orders", "products"])
def test_a_row_from_outside_the_window_means_that_the_filter_was_ignored(name, stamp):
    script = Script(**{name: [{"id": "gid://shopify/Order/1", "updatedAt": stamp}]})

    with pytest.raises(VendorError) as caught:
        script.poll(marks.beginning(NOW))

    assert isinstance(caught.value, NeedsAttention)
    assert caught.value.code == "filter_ignored"
    assert "filter" in caught.value.sentence


def test_customers_are_given_two_days_because_their_filter_knows_only_days():
    rows = [{"id": "gid://shopify/Customer/1", "updatedAt": "2031-05-12T00:00:01Z"}]

    assert Script(customers=rows).poll(marks.beginning(NOW))[-1].watermark
    with pytest.raises(NeedsAttention):
        Script(customers=[{**rows[0], "updatedAt": "2031-05-11T00:00:00Z"}]).poll(marks.beginning(NOW))


def test_windows_begin_before_the_watermark_and_stand_in_quotes():
    script = Script()

    script.poll(marks.beginning(NOW))

    since = "updated_at:>='2031-05-14T09:45:00Z'"
    days = "updated_at:>='2031-05-13T00:00:00Z'"
    assert script.asked == [{"orders": since, "products": since, "carts": since, "customers": days}]


def test_a_page_that_is_not_to_be_had_any_more_means_from_the_top_again(shopify):
    at(shopify, NOW)
    shopify.seed(customers=[{"email": f"p{each}@shop.test"} for each in range(3)])
    scan = marks.Scan(begun=NOW, since=NOW - timedelta(hours=1), after="not-a-cursor")
    mark = marks.Mark(customers=NOW, scans={"customers": scan})

    found, following = polled(shopify, marks.write(mark))

    assert len([key for key in found if key[0] == "customer"]) == 3
    assert marks.read(following).scans == {}


def test_a_list_that_is_too_long_is_begun_again_where_it_stopped():
    rows = [{**payload_of(each), "updatedAt": "2031-05-14T09:50:00Z"} for each in range(3)]
    scan = marks.Scan(begun=NOW, since=NOW - timedelta(minutes=15), after="c", count=polling.LONGEST - 3)
    script = Script(products=rows)

    pages = script.poll(marks.write(marks.Mark(products=NOW, scans={"products": scan})))

    asked = [(each["q"], each["after"]) for each in script.asked if each.get("first") == 15]
    assert asked == [
        ("updated_at:>='2031-05-14T09:45:00Z'", "c"),
        ("updated_at:>='2031-05-14T09:50:00Z'", None),
    ]
    assert marks.read(str(pages[-1].watermark)).products == NOW - timedelta(minutes=1)


def payload_of(number: int) -> dict[str, Any]:
    return {"id": f"gid://shopify/Product/{number + 1}", "title": "Boot", "variants": {"nodes": []}}

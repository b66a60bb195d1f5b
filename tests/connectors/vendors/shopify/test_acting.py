"""Tags and discount codes: once is as good as twice, and the rest stays as it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import NeedsAttention, NotFound, Refused
from connectors.roles import Discount

BEGIN = datetime(2026, 11, 22, 10, tzinfo=UTC)
TEN = Discount(code="BACK-9F3A", title="Cart rescue 9f3a", percent=Decimal(10), starts_at=BEGIN)


def tags(account, kind: str, id_: int) -> str:
    [row] = [each for each in account.state()[kind] if each["id"] == id_]
    return str(row["tags"])


def asked_for(account) -> dict[str, Any]:
    """The discount of the first call that made one."""
    bodies = [each["body"] for each in account.requests() if "MakeCode" in str(each["body"])]
    body = bodies[0] if isinstance(bodies[0], dict) else json.loads(bodies[0])
    return dict(body["variables"]["d"])


@pytest.fixture
def ana(shopify) -> int:
    return int(shopify.seed(customers=[{"email": "ana@shop.test", "tags": "b2b, Gold"}])["customers"][0])


def test_tags_are_added_to_those_that_are_there(shopify, ana):
    for _ in range(2):
        shopify.open().add_tags("customer", str(ana), ["vip", "gold"])

    assert tags(shopify, "customers", ana) == "Gold, b2b, vip"


def test_tags_are_removed_and_the_others_stay(shopify, ana):
    for _ in range(2):
        shopify.open().remove_tags("customer", str(ana), ["gold", "unknown"])

    assert tags(shopify, "customers", ana) == "b2b"


def test_orders_are_tagged_too(shopify):
    order = shopify.do("order_create", email="ana@shop.test")

    shopify.open().add_tags("order", str(order["id"]), ["rush"])

    assert tags(shopify, "orders", order["id"]) == "rush"


@pytest.mark.parametrize("verb", ["add_tags", "remove_tags"])
def test_who_is_not_there_cannot_be_tagged(shopify, verb):
    with pytest.raises(NotFound):
        getattr(shopify.open(), verb)("customer", "999", ["vip"])


def test_a_missing_scope_is_named(shopify, ana):
    shopify.do("scope_remove", scope="write_customers")

    with pytest.raises(NeedsAttention, match="write_customers"):
        shopify.open().add_tags("customer", str(ana), ["vip"])


def test_a_code_is_made_for_one_person_once(shopify, ana):
    discount = Discount(
        code=TEN.code, title=TEN.title, percent=Decimal("12.5"), starts_at=BEGIN, customer_id=str(ana)
    )

    first = shopify.open().create_discount(discount)
    second = shopify.open().create_discount(discount)

    [made] = shopify.state()["discounts"]
    asked = asked_for(shopify)
    assert first == second == str(made["id"])
    assert asked["customerGets"] == {"value": {"percentage": 0.125}, "items": {"all": True}}
    assert asked["context"] == {"customers": {"add": [f"gid://shopify/Customer/{ana}"]}}
    assert asked["usageLimit"] == 1


def test_a_code_for_everybody_may_be_without_limit_and_end(shopify):
    shopify.open().create_discount(
        Discount(code="ALL", title="All", percent=Decimal(100), starts_at=BEGIN, uses=0)
    )

    asked = asked_for(shopify)
    assert asked["context"] == {"all": "ALL"}
    assert not {"usageLimit", "endsAt"} & set(asked)


def test_a_code_is_found_by_its_name_and_none_is_none(shopify):
    made = shopify.open().create_discount(TEN)

    assert shopify.open().find_discount("back-9f3a") == made
    assert shopify.open().find_discount("OTHER") == ""


def test_a_code_that_shopify_does_not_take_is_refused(shopify):
    with pytest.raises(Refused, match="blank"):
        shopify.open().create_discount(
            Discount(code="", title="Nothing", percent=Decimal(10), starts_at=BEGIN)
        )


@pytest.fixture
def parcel(shopify) -> int:
    order = shopify.do("order_create", email="ana@shop.test")
    return int(shopify.do("return_request", order_id=order["id"])["id"])


def labels(account) -> list[str]:
    return [each["label_url"] for each in account.state()["returns"]]


def test_an_approved_return_is_given_a_label_and_keeps_the_one_it_has(shopify, parcel):
    shopify.do("return_approve", id=parcel)
    vendor = shopify.open()
    before = vendor.has_label(str(parcel))

    for name in ("first", "second"):
        vendor.attach_label(str(parcel), f"https://shop.test/{name}.pdf")

    assert (before, vendor.has_label(str(parcel))) == (False, True)
    assert labels(shopify) == ["https://shop.test/first.pdf"]


def test_a_return_that_is_not_approved_takes_no_label(shopify, parcel):
    with pytest.raises(Refused, match="approved"):
        shopify.open().attach_label(str(parcel), "https://shop.test/label.pdf")


def test_a_return_that_is_not_there_takes_no_label(shopify):
    with pytest.raises(NotFound):
        shopify.open().attach_label("99", "https://shop.test/label.pdf")


def test_without_the_scope_no_label_is_attached(shopify, parcel):
    shopify.do("return_approve", id=parcel)
    shopify.do("scope_remove", scope="write_returns")

    with pytest.raises(NeedsAttention, match="write_returns"):
        shopify.open().attach_label(str(parcel), "https://shop.test/label.pdf")


@pytest.mark.parametrize(
    ("worth", "name", "told"),
    [
        (
            {"amount": Decimal("15.00")},
            "customerGets",
            {
                "value": {"discountAmount": {"amount": "15.00", "appliesOnEachItem": False}},
                "items": {"all": True},
            },
        ),
        ({}, "destination", {"all": True}),
    ],
)
def test_an_amount_off_and_free_shipping_are_made_and_found_like_any_other(shopify, worth, name, told):
    discount = Discount(code="BACK-1", title="Ours 1", starts_at=BEGIN, **worth)

    first = shopify.open().create_discount(discount)
    second = shopify.open().create_discount(discount)

    [made] = shopify.state()["discounts"]
    assert first == second == str(made["id"])
    assert made["kind"] == ("DiscountCodeFreeShipping" if not worth else "DiscountCodeBasic")
    assert asked_for(shopify)[name] == told


def test_a_code_that_somebody_else_made_is_not_taken_for_ours(shopify):
    shopify.open().create_discount(TEN)

    with pytest.raises(Refused, match="not one of ours") as refused:
        shopify.open().create_discount(Discount(code=TEN.code, title="Another", starts_at=BEGIN))

    assert refused.value.code == "discount_code_taken"

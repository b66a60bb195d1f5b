"""Orders, from a query and from a webhook: the same state gives the same snapshot either way.

https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Order
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.types import Money, OrderSnapshot
from connectors.values import instant, mapping, rows, text
from connectors.vendors.shopify.ids import admin_url, number
from connectors.vendors.shopify.parts import buyer, decimal, in_order, line, money, plain, stamp, tags

PAID = frozenset({"paid", "partially_refunded", "refunded"})  # what was given back was paid first
# Queries tell more than webhooks; what only they know is left out, but for what keeps an order back.
FULFILMENT = {
    "partial": "partially_fulfilled",
    "partially_fulfilled": "partially_fulfilled",
    "fulfilled": "fulfilled",
    "restocked": "restocked",
    "on_hold": "on_hold",
}

Row = dict[str, Any]


def snapshot(node: Row, shop: str) -> OrderSnapshot:
    """Raises ValueError when it cannot be one."""
    address = mapping(node.get("shippingAddress"))
    customer = mapping(node.get("customer"))
    total = mapping(node.get("currentTotalPriceSet"))
    return _order(
        node,
        shop,
        id_=number(node.get("id")),
        source=node.get("updatedAt"),
        total=money(total.get("shopMoney")),
        presented=money(total.get("presentmentMoney")),
        refunded=money(mapping(node.get("totalRefundedSet")).get("shopMoney")),
        customer=buyer(
            customer.get("id"),
            [node.get("email"), mapping(customer.get("defaultEmailAddress")).get("emailAddress")],
        ),
        items=in_order(
            line(
                each,
                each.get("currentQuantity"),
                mapping(each.get("variant")).get("id"),
                mapping(each.get("product")).get("id"),
            )
            for each in rows(mapping(node.get("lineItems")).get("nodes"))
        ),
        country=text(address.get("countryCodeV2"), 2),
        region=text(address.get("provinceCode"), 10),
        payment_status=text(node.get("displayFinancialStatus"), 40).lower(),
        fulfillment_status=_fulfilment(node.get("displayFulfillmentStatus")),
        discount_codes=tags(node.get("discountCodes")),
        cart_id=text(node.get("checkoutToken"), 100),
        placed_at=instant(node.get("createdAt")),
        cancelled_at=instant(node.get("cancelledAt")),
    )


def from_webhook(body: Row, shop: str) -> OrderSnapshot:
    """Raises ValueError when it cannot be one."""
    address = mapping(body.get("shipping_address"))
    customer = mapping(body.get("customer"))
    total = mapping(body.get("current_total_price_set"))
    shop_total = money(total.get("shop_money"))
    return _order(
        body,
        shop,
        id_=number(body.get("id")),
        source=body.get("updated_at"),
        total=shop_total,
        presented=money(total.get("presentment_money")),
        refunded=_refunded(body, shop_total),
        customer=buyer(customer.get("id"), [body.get("email"), customer.get("email")]),
        items=in_order(
            line(each, each.get("current_quantity"), *_sold(each)) for each in rows(body.get("line_items"))
        ),
        country=text(address.get("country_code"), 2),
        region=text(address.get("province_code"), 10),
        payment_status=text(body.get("financial_status"), 40).lower(),
        fulfillment_status=_fulfilment(body.get("fulfillment_status")),
        discount_codes=tags([each.get("code") for each in rows(body.get("discount_codes"))]),
        cart_id=text(body.get("checkout_token"), 100),
        placed_at=instant(body.get("created_at")),
        cancelled_at=instant(body.get("cancelled_at")),
    )


def is_complete(body: Row) -> bool:
    """Whether a webhook tells all of it. Protected customer data may be missing from a payload; then the
    order is read, which says what is lacking."""
    totals = mapping(body.get("current_total_price_set")).get("shop_money")
    customer = mapping(body.get("customer"))
    hides_buyer = bool(customer.get("id")) and "email" not in customer
    has_lines = isinstance(body.get("line_items"), list)
    return money(totals) is not None and has_lines and not hides_buyer and not _is_abroad(body)


def _order(
    told: Row, shop: str, *, id_: str, source: Any, total: Money | None, **values: Any
) -> OrderSnapshot:
    if not id_ or total is None:
        raise ValueError("The order from Shopify lacks its id or its total.")
    return OrderSnapshot(
        id=id_,
        source_at=stamp(source),
        number=text(told.get("name"), 60),
        total=total,
        is_paid=values["payment_status"] in PAID,
        is_fulfilled=values["fulfillment_status"] == "fulfilled",
        is_test=told.get("test") is True,
        tags=tags(told.get("tags")),
        url=admin_url(shop, f"orders/{id_}"),
        **values,
    )


def _refunded(body: Row, total: Money | None) -> Money | None:
    if total is None:
        return None
    paid = [decimal(each.get("amount")) or Decimal() for each in _paid_back(body)]
    return Money(plain(sum(paid, Decimal())), total.currency)


def _is_abroad(body: Row) -> bool:
    """Whether money went back in another currency than the store's, so that it cannot be added up here."""
    own = mapping(mapping(body.get("current_total_price_set")).get("shop_money")).get("currency_code")
    return any(each.get("currency", own) != own for each in _paid_back(body))


def _paid_back(body: Row) -> list[Row]:
    """Only what was really paid back; a webhook lists each attempt."""
    return [
        each
        for refund in rows(body.get("refunds"))
        for each in rows(refund.get("transactions"))
        if each.get("kind", "refund") == "refund" and each.get("status", "success") == "success"
    ]


def _sold(line_item: Row) -> tuple[Any, Any]:
    """Variant and product; webhooks go on naming those that were deleted."""
    exists = line_item.get("product_exists") is not False
    return (line_item.get("variant_id"), line_item.get("product_id")) if exists else (None, None)


def _fulfilment(said: Any) -> str:
    return FULFILMENT.get(text(said, 40).lower(), "unfulfilled")

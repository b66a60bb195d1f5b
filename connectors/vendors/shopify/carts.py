"""Checkouts that were begun. https://shopify.dev/docs/api/admin-graphql/2026-10/objects/AbandonedCheckout

A query knows no e-mail of the checkout itself and a webhook no id, so what both have, the address that leads
back to it, names it.
"""

from __future__ import annotations

import hashlib
from typing import Any

from connectors.types import CartSnapshot
from connectors.values import instant, mapping, rows, text
from connectors.vendors.shopify.parts import buyer, in_order, line, money, stamp

Row = dict[str, Any]


def snapshot(node: Row) -> CartSnapshot | None:
    """None where nobody is known: such a cart leads to no person. Raises ValueError.

    Somebody who gave a telephone number alone is known by their record.
    """
    customer, address = mapping(node.get("customer")), mapping(node.get("shippingAddress"))
    total = mapping(node.get("totalPriceSet"))
    who = buyer(customer.get("id"), [mapping(customer.get("defaultEmailAddress")).get("emailAddress")])
    if not (who.emails or who.id):
        return None
    return _cart(
        node.get("abandonedCheckoutUrl"),
        node.get("updatedAt"),
        total=money(total.get("shopMoney")),
        customer=who,
        items=in_order(
            line(
                each,
                each.get("quantity"),
                mapping(each.get("variant")).get("id"),
                mapping(each.get("product")).get("id"),
            )
            for each in rows(mapping(node.get("lineItems")).get("nodes"))
        ),
        country=text(address.get("countryCodeV2"), 2),
        region=text(address.get("provinceCode"), 10),
        started_at=instant(node.get("createdAt")),
        bought_at=instant(node.get("completedAt")),
    )


def from_webhook(body: Row) -> CartSnapshot | None:
    """None where nobody is known yet, or it leads nowhere. Raises ValueError."""
    customer, address = mapping(body.get("customer")), mapping(body.get("shipping_address"))
    who = buyer(customer.get("id"), [body.get("email"), customer.get("email")])
    if not (who.emails or who.id) or not body.get("abandoned_checkout_url"):
        return None
    return _cart(
        body.get("abandoned_checkout_url"),
        body.get("updated_at"),
        total=money({"amount": body.get("total_price"), "currency_code": body.get("currency")}),
        customer=who,
        items=in_order(
            line(each, each.get("quantity"), each.get("variant_id"), each.get("product_id"))
            for each in rows(body.get("line_items"))
        ),
        country=text(address.get("country_code"), 2),
        region=text(address.get("province_code"), 10),
        started_at=instant(body.get("created_at")),
        bought_at=instant(body.get("completed_at")),
    )


def _cart(url: Any, changed_at: Any, **values: Any) -> CartSnapshot:
    if values["total"] is None:
        raise ValueError("The checkout from Shopify lacks its total.")
    address = text(url, 2000)
    name = hashlib.blake2b(address.partition("?")[0].encode(), digest_size=10).hexdigest()
    return CartSnapshot(id=name, source_at=stamp(changed_at), url=address, **values)

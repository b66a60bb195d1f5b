"""How a discount code is made and found in Shopify.

https://shopify.dev/docs/api/admin-graphql/2026-10/input-objects/DiscountCodeBasicInput
https://shopify.dev/docs/api/admin-graphql/2026-10/input-objects/DiscountCodeFreeShippingInput
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.roles import Discount
from connectors.vendors.shopify.ids import gid

CREATE = """
mutation MakeCode($d: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $d) {
    codeDiscountNode { id } userErrors { code field message }
  }
}
"""

CREATE_FREE_SHIPPING = """
mutation MakeCode($d: DiscountCodeFreeShippingInput!) {
  discountCodeFreeShippingCreate(freeShippingCodeDiscount: $d) {
    codeDiscountNode { id } userErrors { code field message }
  }
}
"""

FIND = """
query ByCode($code: String!) {
  codeDiscountNodeByCode(code: $code) {
    id codeDiscount { ... on DiscountCodeBasic { title } ... on DiscountCodeFreeShipping { title } }
  }
}
"""


def document(discount: Discount) -> str:
    """Free shipping is a mutation of its own."""
    return CREATE_FREE_SHIPPING if discount.is_free_shipping else CREATE


def given(discount: Discount) -> dict[str, Any]:
    """The input of either mutation."""
    who: dict[str, Any] = {"all": "ALL"}
    if discount.customer_id:
        who = {"customers": {"add": [gid("Customer", discount.customer_id)]}}
    told: dict[str, Any] = {
        "title": discount.title,
        "code": discount.code,
        "startsAt": discount.starts_at.isoformat(),
        "context": who,
        "appliesOncePerCustomer": True,
        **_worth(discount),
    }
    if discount.uses:
        told["usageLimit"] = discount.uses
    if discount.ends_at is not None:
        told["endsAt"] = discount.ends_at.isoformat()
    return told


def _worth(discount: Discount) -> dict[str, Any]:
    """An amount is in the shop's currency."""
    if discount.is_free_shipping:
        return {"destination": {"all": True}}
    value: dict[str, Any] = {"percentage": float((discount.percent or Decimal()) / Decimal(100))}
    if discount.amount is not None:
        value = {"discountAmount": {"amount": str(discount.amount), "appliesOnEachItem": False}}
    return {"customerGets": {"value": value, "items": {"all": True}}}

"""What can be done in a Shopify store: tags, discount codes, labels of returns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from connectors.errors import NotFound, Refused
from connectors.roles import Discount, Storefront
from connectors.values import mapping, rows, text
from connectors.vendors.shopify import documents, returns
from connectors.vendors.shopify.graphql import Row, ask, change
from connectors.vendors.shopify.ids import gid, number

TAGGED = {"customer": "Customer", "order": "Order", "product": "Product"}


class Acting(Storefront):
    def add_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        self._tag(documents.ADD_TAGS, kind, id_, tags)

    def remove_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        self._tag(documents.REMOVE_TAGS, kind, id_, tags)

    def create_discount(self, discount: Discount) -> str:
        """https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/discountCodeBasicCreate"""
        try:
            made = change(self.client, documents.CREATE_DISCOUNT, {"d": _discount(discount)})
        except Refused as error:
            if error.code != "taken":
                raise
            found = self.find_discount(discount.code)
            if not found:
                raise NotFound(
                    "Shopify says that this discount code is taken, but does not find it.", code="not_found"
                ) from None
            return found
        return number(mapping(made.get("codeDiscountNode")).get("id"))

    def find_discount(self, code: str) -> str:
        """https://shopify.dev/docs/api/admin-graphql/2026-10/queries/codeDiscountNodeByCode"""
        found = ask(self.client, documents.FIND_DISCOUNT, {"code": code})
        return number(mapping(found.get("codeDiscountNodeByCode")).get("id"))

    def attach_label(self, return_id: str, url: str) -> None:
        """https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/reverseDeliveryCreateWithShipping"""
        sent = [each for each in self._sent_back(return_id) if each.get("status") == "OPEN"]
        if not sent:
            raise Refused(
                "Shopify takes a label only for a return that is approved and not closed yet.",
                code="return_not_open",
            )
        for each in sent:
            if not returns.labels(each):
                change(self.client, documents.ATTACH_LABEL, {"id": each["id"], "file": url})

    def has_label(self, return_id: str) -> bool:
        return any(returns.labels(each) for each in self._sent_back(return_id))

    def _sent_back(self, return_id: str) -> list[Row]:
        """A return's reverse fulfilment orders; it has some once it is approved."""
        named = ask(self.client, documents.RETURNS_NAMED, {"ids": [gid("Return", text(return_id))]})
        if not (found := rows(named.get("nodes"))):
            raise NotFound("Shopify has no such return any more.", code="not_found")
        return rows(mapping(found[0].get("reverseFulfillmentOrders")).get("nodes"))

    def _tag(self, document: str, kind: str, id_: str, tags: Sequence[str]) -> None:
        change(self.client, document, {"id": gid(TAGGED[kind], text(id_)), "tags": list(tags)})


def _discount(discount: Discount) -> dict[str, Any]:
    who: dict[str, Any] = {"all": "ALL"}
    if discount.customer_id:
        who = {"customers": {"add": [gid("Customer", discount.customer_id)]}}
    given: dict[str, Any] = {
        "title": discount.title,
        "code": discount.code,
        "startsAt": discount.starts_at.isoformat(),
        "context": who,
        "customerGets": {
            "value": {"percentage": float(discount.percent / Decimal(100))},
            "items": {"all": True},
        },
        "appliesOncePerCustomer": True,
    }
    if discount.uses:
        given["usageLimit"] = discount.uses
    if discount.ends_at is not None:
        given["endsAt"] = discount.ends_at.isoformat()
    return given

"""What can be done in a Shopify store: tags, discount codes, labels of returns."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.errors import NotFound, Refused
from connectors.roles import Discount, Storefront
from connectors.values import mapping, rows, text
from connectors.vendors.shopify import discounts, documents, returns
from connectors.vendors.shopify.graphql import Row, ask, change
from connectors.vendors.shopify.ids import gid, number

TAGGED = {"customer": "Customer", "order": "Order", "product": "Product"}


class Acting(Storefront):
    def add_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        self._tag(documents.ADD_TAGS, kind, id_, tags)

    def remove_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        self._tag(documents.REMOVE_TAGS, kind, id_, tags)

    def create_discount(self, discount: Discount) -> str:
        """https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/discountCodeBasicCreate
        https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/discountCodeFreeShippingCreate"""
        document = discounts.document(discount)
        try:
            made = change(self.client, document, {"d": discounts.given(discount)})
        except Refused as error:
            if error.code != "taken":
                raise
            return self._ours(discount)
        return number(mapping(made.get("codeDiscountNode")).get("id"))

    def find_discount(self, code: str, title: str = "") -> str:
        """https://shopify.dev/docs/api/admin-graphql/2026-10/queries/codeDiscountNodeByCode"""
        found = mapping(ask(self.client, discounts.FIND, {"code": code}).get("codeDiscountNodeByCode"))
        is_meant = not title or mapping(found.get("codeDiscount")).get("title") == title
        return number(found.get("id")) if is_meant else ""

    def _ours(self, discount: Discount) -> str:
        """The one of this title: an earlier try of ours. Any other code of this name is somebody else's."""
        if found := self.find_discount(discount.code, discount.title):
            return found
        raise Refused(
            f"Shopify has a discount code {discount.code} already, and it is not one of ours. "
            "Use another name, or delete it there.",
            code="discount_code_taken",
        )

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

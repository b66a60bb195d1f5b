"""What a shop's history is made of: customers first, so that orders find them."""

from __future__ import annotations

from collections.abc import Callable

from connectors.types import AnySnapshot, Reference
from connectors.values import mapping, rows
from connectors.vendors.shopify import customers, documents, orders, products
from connectors.vendors.shopify.bulk import Kind
from connectors.vendors.shopify.graphql import Row
from connectors.vendors.shopify.ids import number


def _reference(kind: str) -> Callable[[str], Reference]:
    return lambda gid: Reference(kind=kind, id=number(gid))


def _customers(shop: str) -> Kind:
    return Kind(documents.BULK_CUSTOMERS, {}, customers.snapshot, _reference("customer"))


def _products(shop: str) -> Kind:
    children = {"ProductVariant": "variants", "Collection": "collections"}

    def snapshot(node: Row) -> AnySnapshot:
        return products.snapshot(_as_in_a_page(node), shop)

    return Kind(documents.BULK_PRODUCTS, children, snapshot, _reference("product"))


def _as_in_a_page(product: Row) -> Row:
    """With as many collections as a page shows: the same state has to give the same snapshot."""
    listed = rows(mapping(product.get("collections")).get("nodes"))
    return product | {"collections": {"nodes": listed[: documents.COLLECTIONS]}}


def _orders(shop: str) -> Kind:
    def snapshot(node: Row) -> AnySnapshot:
        return orders.snapshot(node, shop)

    return Kind(documents.BULK_ORDERS, {"LineItem": "lineItems"}, snapshot, _reference("order"))


KINDS: dict[str, Callable[[str], Kind]] = {"customer": _customers, "product": _products, "order": _orders}

"""Reads named objects: many in one call, long lists to their end, and those that are gone say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from connectors.http import Client
from connectors.types import (
    AnySnapshot,
    CartSnapshot,
    CustomerSnapshot,
    Money,
    OrderSnapshot,
    Person,
    ProductSnapshot,
    Reference,
    ReturnSnapshot,
)
from connectors.values import instant, mapping, rows, text
from connectors.vendors.shopify import carts, customers, documents, orders, products, returns
from connectors.vendors.shopify.failures import TooDear
from connectors.vendors.shopify.graphql import Row, ask, next_page
from connectors.vendors.shopify.ids import gid, number
from connectors.vendors.shopify.parts import BEGINNING

GIDS = {
    "order": "Order",
    "customer": "Customer",
    "product": "Product",
    "return": "Return",
    "inventory_item": "InventoryItem",
}
NAMED = {
    "order": (documents.ORDERS_NAMED, 20),
    "customer": (documents.CUSTOMERS_NAMED, 100),
    "product": (documents.PRODUCTS_NAMED, 15),
    "return": (documents.RETURNS_NAMED, 4),
    "inventory_item": (documents.ITEMS_NAMED, 10),
}


class Reader:
    """Reads for one shop; ``shop`` is for the addresses where staff see things."""

    def __init__(self, client: Client, shop: str) -> None:
        self.client = client
        self.shop = shop

    def read(self, references: Sequence[Reference]) -> Iterator[AnySnapshot]:
        """Raises VendorError."""
        by_kind: dict[str, dict[str, Reference]] = {}
        for each in references:
            if each.kind in NAMED and each.id and number(each.id) == each.id:
                by_kind.setdefault(each.kind, {})[each.id] = each
        for kind, asked in by_kind.items():
            if kind == "inventory_item":
                yield from self._products_of(list(asked))
            else:
                yield from self._known_or_gone(kind, asked)

    def _known_or_gone(self, kind: str, asked: dict[str, Reference]) -> Iterator[AnySnapshot]:
        document, size = NAMED[kind]
        found = {number(node.get("id")): node for node in self._nodes(document, kind, list(asked), size)}
        for id_, reference in asked.items():
            if id_ in found:
                yield self.snapshot(kind, found[id_], reference.known_at)
            elif reference.known_at is not None:
                yield _gone(kind, id_, reference.known_at)

    def _products_of(self, items: list[str]) -> Iterator[AnySnapshot]:
        """The products of inventory items, dated by the newest stamp of their stock."""
        document, size = NAMED["inventory_item"]
        newest: dict[str, tuple[datetime, Row]] = {}
        for item in self._nodes(document, "inventory_item", items, size):
            item = self._completed(item, "inventoryLevels", documents.ITEM_LEVELS)
            levels = rows(mapping(item.get("inventoryLevels")).get("nodes"))
            at = max((instant(each.get("updatedAt")) or BEGINNING for each in levels), default=BEGINNING)
            for variant in rows(mapping(item.get("variants")).get("nodes")):
                product = mapping(variant.get("product"))
                id_ = text(product.get("id"))
                if id_:
                    newest[id_] = (max(at, newest[id_][0]) if id_ in newest else at, product)
        for at, product in newest.values():
            yield self._product(product, at)

    def returns_of(self, order_ids: Sequence[str]) -> Iterator[ReturnSnapshot]:
        """There is no list of returns; they are reached through their orders."""
        for order in self._nodes(documents.RETURNS_OF_ORDERS, "order", list(order_ids), 2):
            whole = self._completed(order, "returns", documents.ORDER_RETURNS)
            for each in rows(mapping(whole.get("returns")).get("nodes")):
                yield returns.snapshot(each)

    def snapshot(self, kind: str, node: Row, known_at: datetime | None = None) -> AnySnapshot:
        """Of one whole node of a query. Raises VendorError when the rest of a long list cannot be read.

        A product's own stamp is silent about its stock: what is read now is no older than what we know.
        """
        if kind == "order":
            return orders.snapshot(self._with_all_lines(node), self.shop)
        if kind == "product":
            return self._product(node, known_at)
        return customers.snapshot(node) if kind == "customer" else returns.snapshot(node)

    def cart(self, node: Row) -> CartSnapshot | None:
        """None where nobody is known."""
        return carts.snapshot(self._completed(node, "lineItems", documents.CART_LINES))

    def _product(self, node: Row, stock_at: datetime | None = None) -> ProductSnapshot:
        whole = self._completed(node, "variants", documents.PRODUCT_VARIANTS)
        return products.snapshot(whole, self.shop, stock_at)

    def _with_all_lines(self, node: Row) -> Row:
        return self._completed(node, "lineItems", documents.ORDER_LINES)

    def _completed(self, node: Row, field: str, document: str) -> Row:
        """The node with the rest of one list, where it is longer than a page takes."""
        listed = mapping(node.get(field))
        after = next_page(listed, "")
        if not after:
            return node
        found = rows(listed.get("nodes"))
        while after:
            data = ask(self.client, document, {"id": node["id"], "after": after})
            more = mapping(mapping(data.get("node")).get(field))
            found += rows(more.get("nodes"))
            after = next_page(more, after)
        return {**node, field: {"nodes": found}}

    def _nodes(self, document: str, kind: str, ids: list[str], size: int) -> Iterator[Row]:
        start = 0
        while start < len(ids):
            chunk = [gid(GIDS[kind], each) for each in ids[start : start + size]]
            try:
                data = ask(self.client, document, {"ids": chunk})
            except TooDear:
                if size == 1:
                    raise
                size = max(1, size // 2)
                continue
            yield from (each for each in rows(data.get("nodes")) if each.get("__typename") == GIDS[kind])
            start += size


def _gone(kind: str, id_: str, known_at: datetime) -> AnySnapshot:
    """Shopify cannot date what it no longer has: after everything we know of it."""
    at = known_at + timedelta(microseconds=1)
    making: dict[str, Callable[[], AnySnapshot]] = {
        "order": lambda: OrderSnapshot(id=id_, source_at=at, is_gone=True, total=Money(Decimal(), "")),
        "customer": lambda: CustomerSnapshot(id=id_, source_at=at, is_gone=True, person=Person(id=id_)),
        "product": lambda: ProductSnapshot(id=id_, source_at=at, is_gone=True),
        "return": lambda: ReturnSnapshot(id=id_, source_at=at, is_gone=True),
    }
    return making[kind]()

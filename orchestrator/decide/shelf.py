"""What is left of the things in a cart or an order, and where that is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from connectors.types import AnySnapshot, CartSnapshot, LineItem, OrderSnapshot, ProductSnapshot
from orchestrator.intake import known, sources
from orchestrator.intake.known import Place
from orchestrator.models import Suppression
from rules import engine
from rules.compiled import CompiledRule
from rules.facts import SHELF, STOCK, Change, Shelved

if TYPE_CHECKING:
    from orchestrator.decide.world import World

WANTS = {CartSnapshot.kind: SHELF, OrderSnapshot.kind: STOCK}  # by what is looked at, what a rule has to want
KINDS = {want: kind for kind, want in WANTS.items()}


def places(store_id: int, changes: Iterable[Change], rules: Iterable[CompiledRule]) -> set[Place]:
    """The things in carts and orders, where a rule asks for them."""
    kinds = {KINDS[each] for each in engine.wants(rules) & KINDS.keys()}
    named = [(each.vendor, each.kind, each.object_id) for each in changes if each.kind in kinds]
    shop = sources.of_products(store_id) if named else ""
    return {
        (shop or vendor, ProductSnapshot.kind, item.product_id)
        for vendor, told in known.snapshots(store_id, named)
        for item in _items(told)
    }


def of_orders(about: Iterable[tuple[str, object]]) -> set[Place]:
    """The things in these orders, as the mirror has them."""
    orders = ((vendor, each) for vendor, each in about if isinstance(each, OrderSnapshot))
    return {
        (vendor, ProductSnapshot.kind, item.product_id) for vendor, each in orders for item in _items(each)
    }


def _items(told: object) -> list[LineItem]:
    items = told.items if isinstance(told, CartSnapshot | OrderSnapshot) else ()
    return [each for each in items if each.product_id]


def held_products(store_id: int, told: Iterable[object]) -> frozenset[str]:
    """Of the things in these carts, those that no message may promise now."""
    carts = (each for each in told if isinstance(each, CartSnapshot))
    return held(store_id, {item.product_id for each in carts for item in _items(each)})


def held(store_id: int, product_ids: Iterable[str]) -> frozenset[str]:
    """Of these products, those that are held. One query, none without products."""
    wanted = {f"product:{each}" for each in product_ids}
    if not wanted:
        return frozenset()
    rows = Suppression.objects.seen().filter(
        closed_at=None, store=store_id, subject__in=wanted, subject_kind=Suppression.SubjectKind.CATALOG_ITEM
    )
    return frozenset(subject.partition(":")[2] for subject in rows.values_list("subject", flat=True))


def shelved(world: World, vendor: str, told: AnySnapshot | None) -> tuple[Shelved, ...]:
    """Things are the storefront's, whoever tells of the cart."""
    if not isinstance(told, CartSnapshot | OrderSnapshot) or WANTS[told.kind] not in world.wants:
        return ()
    storefront = world.connections.get("storefront")
    shop = storefront.vendor if storefront else vendor
    return tuple(_shelved(world, shop, each) for each in told.items)


def _shelved(world: World, vendor: str, item: LineItem) -> Shelved:
    product = world.snapshot(vendor, ProductSnapshot.kind, item.product_id)
    if not isinstance(product, ProductSnapshot):
        return Shelved(item=item)
    left = _left(product, item)
    is_sold = not product.is_gone and product.status in ("", "active", "unlisted")
    is_there = not item.variant_id or any(each.id == item.variant_id for each in product.variants)
    is_gone = not (is_sold and is_there) or (left is not None and left <= 0)
    return Shelved(item=item, left=left, is_gone=is_gone, url=product.url)


def _left(product: ProductSnapshot, item: LineItem) -> int | None:
    """Of the variant, where one is named; None where it is not counted or sold without stock."""
    variant = next((each for each in product.variants if each.id == item.variant_id), None)
    if variant is not None:
        return None if variant.sells_without_stock else variant.stock
    return None if item.variant_id else product.stock

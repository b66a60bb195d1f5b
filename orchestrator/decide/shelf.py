"""What is left of the things in a cart, and where that is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from connectors.types import CartSnapshot, LineItem, ProductSnapshot
from orchestrator.intake import known
from orchestrator.intake.known import Place
from orchestrator.models import Suppression
from rules.compiled import CompiledRule
from rules.facts import SHELF, Change, Shelved

if TYPE_CHECKING:
    from orchestrator.decide.world import World


def places(store_id: int, changes: Iterable[Change], rules: Iterable[CompiledRule]) -> set[Place]:
    """What decisions about these changes look at: the objects, and where a rule asks the things in carts."""
    found = {(each.vendor, each.kind, each.object_id) for each in changes}
    if any(SHELF in rule.recipe.wants(rule.params) for rule in rules):
        carts = [place for place in found if place[1] == CartSnapshot.kind]
        for vendor, cart in known.snapshots(store_id, carts):
            found |= {(vendor, ProductSnapshot.kind, item.product_id) for item in _items(cart)}
    return found


def _items(cart: object) -> list[LineItem]:
    return [each for each in cart.items if each.product_id] if isinstance(cart, CartSnapshot) else []


def held_products(store_id: int, told: Iterable[object]) -> frozenset[str]:
    """Of the things in these carts, those that no message may promise now. One query, none without carts."""
    wanted = {f"product:{item.product_id}" for each in told for item in _items(each)}
    if not wanted:
        return frozenset()
    rows = Suppression.objects.open().filter(
        store=store_id, subject__in=wanted, subject_kind=Suppression.SubjectKind.CATALOG_ITEM
    )
    return frozenset(subject.partition(":")[2] for subject in rows.values_list("subject", flat=True))


def shelved(world: World, vendor: str, cart: CartSnapshot) -> tuple[Shelved, ...]:
    return tuple(_shelved(world, vendor, each) for each in cart.items)


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

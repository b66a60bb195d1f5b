"""What a rule may know about a product or a cart. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from connectors.types import AnySnapshot, CartSnapshot, LineItem, ProductSnapshot, ViewSnapshot
from rules import velocity
from rules.facts import SALES, CartFacts, Change, ProductFacts
from rules.velocity import Sold

if TYPE_CHECKING:
    from orchestrator.decide.world import World

PACE_WINDOW = 30  # days that “sold per day” looks back


def product(world: World, told: AnySnapshot | None, change: Change) -> ProductFacts | None:
    """The product that changed, or that was viewed; None where the storefront's is not known."""
    if isinstance(told, ViewSnapshot):
        place = world.viewed.get(told.id)
        seen = world.snapshot(*place) if place else None
        if place and isinstance(seen, ProductSnapshot) and not seen.is_gone:
            return _product(world, seen, place[0], change)
        return None
    return _product(world, told, change.vendor, change) if isinstance(told, ProductSnapshot) else None


def _product(world: World, told: ProductSnapshot, vendor: str, change: Change) -> ProductFacts:
    sold = world.sales.of(vendor, told.id) if SALES in world.wants else None
    return ProductFacts(
        id=told.id,
        stock=told.stock,
        previous_stock=change.before.get("stock"),
        title=told.title,
        status=told.status,
        product_type=told.product_type,
        category=told.category,
        brand=told.brand,
        tags=told.tags,
        variants=told.variants,
        url=told.url,
        admin_url=told.admin_url,
        sold=sold,
        sold_per_day=_per_day(sold, world.now) if sold else None,
    )


def _per_day(sold: Sold, now: datetime) -> Decimal | None:
    """None while no whole day is known on which there was something to sell."""
    found = velocity.pace(sold, now.astimezone(UTC).date(), PACE_WINDOW)
    return round(found.a_day, 2) if found.days else None


def is_bought(world: World, vendor: str, told: CartSnapshot) -> bool:
    """A cart that the storefront itself did not tell also ends with the storefront's next order."""
    storefront = world.connections.get("storefront")
    if told.bought_at or storefront is None or storefront.vendor == vendor:
        return told.bought_at is not None
    last = world.history.story(vendor, told.customer).last_at
    return last is not None and last >= (told.started_at or told.source_at)


def cart(world: World, vendor: str, told: CartSnapshot) -> CartFacts:
    return CartFacts(
        id=told.id,
        total=told.total.amount,
        currency=told.total.currency,
        item_count=count(told.items),
        items=told.items,
        country=told.country,
        region=told.region,
        is_bought=is_bought(world, vendor, told),
        is_followed=world.cart_source == vendor,
        is_gone=told.is_gone,
        started_at=told.started_at,
        url=told.url,
    )


def count(items: tuple[LineItem, ...]) -> int:
    return sum(each.quantity for each in items)

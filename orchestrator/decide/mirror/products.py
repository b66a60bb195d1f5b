"""Products: stock changed, anything else changed."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from connectors.types import ProductSnapshot, Transition
from orchestrator.decide.mirror.told import Told, looks_alike


def told(old: ProductSnapshot | None, new: ProductSnapshot) -> list[Told]:
    if new.is_gone:
        return []
    return list(_told(old, new))


def _told(old: ProductSnapshot | None, new: ProductSnapshot) -> Iterator[Told]:
    if old is None or stocks(old) != stocks(new):
        before = {} if old is None else {"stock": old.stock, "stocks": stocks(old)}
        yield Told(Transition.STOCK_CHANGED, new.source_at, before)
    if old is None or not looks_alike(_without_stock(old), _without_stock(new)):
        yield Told(Transition.PRODUCT_CHANGED, new.source_at)


def stocks(product: ProductSnapshot) -> dict[str, int | None]:
    """Variant id → stock."""
    return {each.id: each.stock for each in product.variants}


def _without_stock(product: ProductSnapshot) -> ProductSnapshot:
    bare = tuple(msgspec.structs.replace(each, stock=None) for each in product.variants)
    return msgspec.structs.replace(product, variants=bare, stock=None)

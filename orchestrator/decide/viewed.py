"""Which product of the storefront was looked at: by its id, else by a name that only one product has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from connectors.types import ProductSnapshot, ViewSnapshot
from orchestrator.intake import known, sources
from orchestrator.intake.known import Place
from orchestrator.models import Product


def places(store_id: int, told: Iterable[object]) -> dict[str, Place]:
    """Id of the view → place of the product; two queries, none where nothing was looked at."""
    views = [each for each in told if isinstance(each, ViewSnapshot)]
    storefront = sources.of_products(store_id) if views else ""
    if not storefront:
        return {}
    found = {
        each.id: (storefront, ProductSnapshot.kind, each.product_id) for each in views if each.product_id
    }
    return found | _by_name(store_id, storefront, [each for each in views if not each.product_id])


def _by_name(store_id: int, storefront: str, views: Sequence[ViewSnapshot]) -> dict[str, Place]:
    """Only where exactly one product has this name, and the address does not speak against it."""
    titles = {each.title for each in views if each.title}
    if not titles:
        return {}
    by_title: defaultdict[str, list[ProductSnapshot]] = defaultdict(list)
    for row in Product.objects.filter(store_id=store_id, vendor=storefront, title__in=titles):
        product = known.snapshot(row)
        if isinstance(product, ProductSnapshot) and not product.is_gone:
            by_title[product.title].append(product)
    found: dict[str, Place] = {}
    for view in views:
        alike = [each for each in by_title[view.title] if _is_at(each, view.url)]
        if len(alike) == 1:
            found[view.id] = (storefront, ProductSnapshot.kind, alike[0].id)
    return found


def _is_at(product: ProductSnapshot, address: str) -> bool:
    """Of the address only the last part counts: the same product may be shown in several places."""
    return not (product.url and address) or _end(product.url) == _end(address)


def _end(address: str) -> str:
    try:
        return urlsplit(address).path.rstrip("/").rpartition("/")[2].casefold()
    except ValueError:
        return ""

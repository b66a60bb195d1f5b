"""Shopify's rate limit: query points for each app and shop, a leaky bucket whose size every answer tells.

https://shopify.dev/docs/api/usage/limits. A query is let in by what it may cost, which only Shopify knows
exactly, and pays what it did cost. So the first answer to a document teaches what to take for the next.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from connectors.limits import Bucket, Leak, Told
from connectors.vendors.shopify import costs

SIZE, PER_SECOND = 2_000.0, 100.0  # of the smallest plan, until an answer tells
UNKNOWN = 500.0  # points, before a document was ever answered
DOCUMENTS = 500

BUCKETS = (Bucket("query points", (Leak(SIZE, PER_SECOND),), "POST", r"/admin/api/[^/]+/graphql\.json"),)

_costs: OrderedDict[tuple[str, Any], float] = OrderedDict()


def told(body: Any) -> Told | None:
    cost = costs.read(body)
    return Told(left=cost.left, size=cost.size, per_second=cost.per_second) if cost else None


def expected(document: str, variables: Mapping[str, Any] | None) -> float:
    """Points that this query is likely to be measured by."""
    return _costs.get(_key(document, variables), UNKNOWN)


def learn(document: str, variables: Mapping[str, Any] | None, body: Any) -> None:
    if cost := costs.read(body):
        _costs[_key(document, variables)] = cost.asked
        if len(_costs) > DOCUMENTS:
            _costs.popitem(last=False)


def _key(document: str, variables: Mapping[str, Any] | None) -> tuple[str, Any]:
    """The size of a page is what makes a document dear."""
    return document, (variables or {}).get("first")

"""One look before a poll reads list by list: which lists have anything new, and where stock lies.

Most polls find nothing; they cost this one call and one for each place that holds stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from connectors.errors import NeedsAttention
from connectors.http import Client
from connectors.values import instant, mapping, rows
from connectors.vendors.shopify import documents
from connectors.vendors.shopify.graphql import Row, ask_when

DAY = timedelta(days=1)
LISTS = {"orders": "orders", "products": "products", "carts": "abandonedCheckouts", "customers": "customers"}


class Glance(NamedTuple):
    """``now`` is on the vendor's clock; ``quiet`` are the lists of which it is sure that nothing is new."""

    now: datetime
    places: list[str]
    quiet: frozenset[str]


def look(client: Client, queries: Mapping[str, str], since: Mapping[str, datetime]) -> Glance:
    """``queries`` are the search filters by list, ``since`` what was read before. Raises VendorError.

    An app that may not read one of the lists is told so when that list is read, after the others.
    """
    if set(since) < set(LISTS):
        data, now = ask_when(client, documents.LOCATIONS)
        return Glance(now, _places(data), frozenset())
    try:
        data, now = ask_when(client, documents.GLANCE, queries)
    except NeedsAttention as error:
        if error.code != "scope_missing":
            raise
        return look(client, {}, {})
    quiet = frozenset(name for name, field in LISTS.items() if _is_quiet(data, field, since[name]))
    return Glance(now, _places(data), quiet)


def _is_quiet(data: Row, field: str, since: datetime) -> bool:
    """Nothing was found; or, as customers are searched by whole days, their newest was read before."""
    found = rows(mapping(data.get(field)).get("nodes"))
    if field != LISTS["customers"]:
        return not found
    oldest = first_day(since) - DAY  # what is older shows that the filter was ignored
    return all(oldest <= (instant(each.get("updatedAt")) or since) < since for each in found)


def first_day(at: datetime) -> datetime:
    """Of a filter that matches whole days, a day more."""
    return datetime.combine(at.date(), time(), UTC) - DAY


def _places(data: Row) -> list[str]:
    """The locations that hold stock."""
    found = rows(mapping(data.get("locations")).get("nodes"))
    return sorted(str(each.get("id")) for each in found if each.get("isActive"))

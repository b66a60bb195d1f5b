"""The filters that each connection documents, by name.

https://shopify.dev/docs/api/admin-graphql/2026-10 (argument ``query`` of each connection)
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.shopify.search import Filter
from connectors.sandbox.shopify.values import stamp, words
from connectors.sandbox.wire import Json

TESTS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "": operator.eq,
}  # fmt: skip
Read = Callable[[Json], Any]


def time(field: str) -> Filter:
    """To the second; a date alone means its midnight. What is no time says nothing, unquoted ones neither."""

    def fits(row: Json, comparator: str, value: str) -> bool | None:
        moment = _stamp(value)
        if moment is None:
            return None
        return row[field] is not None and TESTS[comparator](row[field], moment)

    return fits


def day(field: str) -> Filter:
    """Customers are matched by whole days, whatever time is given."""

    def fits(row: Json, comparator: str, value: str) -> bool | None:
        moment = _stamp(value)
        return None if moment is None else TESTS[comparator](row[field][:10], moment[:10])

    return fits


@lru_cache
def _stamp(value: str) -> str | None:
    try:
        return stamp(instant(value))
    except ValueError:
        return None


def text(read: str | Read) -> Filter:
    """Capitals do not count; a star at the end stands for anything, alone for "has one"."""
    of = _reading(read)

    def fits(row: Json, comparator: str, value: str) -> bool:
        has, wanted = str(of(row) or "").lower(), value.lower()
        return has.startswith(wanted[:-1]) and bool(has) if wanted.endswith("*") else has == wanted

    return fits


def any_of(read: Read) -> Filter:
    """One of several words, such as tags."""

    def fits(row: Json, comparator: str, value: str) -> bool:
        return value.lower() in {str(each).lower() for each in read(row)}

    return fits


def number(read: str | Read) -> Filter:
    of = _reading(read)

    def fits(row: Json, comparator: str, value: str) -> bool | None:
        try:
            return TESTS[comparator](Decimal(str(of(row))), Decimal(value))
        except InvalidOperation:
            return None

    return fits


def flag(read: str | Read) -> Filter:
    of = _reading(read)
    return lambda row, comparator, value: bool(of(row)) == (value.lower() == "true")


def opposite(fits: Filter) -> Filter:
    return lambda row, comparator, value: not fits(row, comparator, value)


def _reading(read: str | Read) -> Read:
    if callable(read):
        return read
    column = read
    return lambda row: row[column]


def tags(row: Json) -> list[str]:
    return words(row["tags"])


STAMPED = {"updated_at": time("updated_at"), "created_at": time("created_at"), "id": number("id")}
TAGGED = {"tag": any_of(tags), "tag_not": opposite(any_of(tags))}


def _order_status(row: Json, comparator: str, value: str) -> bool:
    is_closed, is_cancelled = bool(row["closed_at"]), bool(row["cancelled_at"])
    states = {
        "open": not is_closed and not is_cancelled,
        "closed": is_closed,
        "cancelled": is_cancelled,
        "not_closed": not is_closed,
    }
    return states.get(value.lower(), True)


ORDERS: dict[str, Filter] = {
    **STAMPED,
    **TAGGED,
    "processed_at": time("processed_at"),
    "name": text("name"),
    "email": text("email"),
    "customer_id": number(lambda row: row["customer_id"] or 0),
    "checkout_token": text("checkout_token"),
    "cart_token": text("cart_token"),
    "discount_code": text(lambda row: next((each["code"] for each in row["discount_codes"]), "")),
    "financial_status": text("financial_status"),
    "fulfillment_status": text(lambda row: row["fulfillment_status"] or "unfulfilled"),
    "return_status": text("return_status"),
    "current_total_price": number("current_total_price"),
    "source_name": text("source_name"),
    "status": _order_status,
    "test": flag("test"),
}
CUSTOMERS: dict[str, Filter] = {
    **STAMPED,
    **TAGGED,
    "updated_at": day("updated_at"),
    "customer_date": time("created_at"),
    "email": text("email"),
    "phone": text("phone"),
    "first_name": text("first_name"),
    "last_name": text("last_name"),
    "state": text("state"),
    "country": text(lambda row: (row["default_address"] or {}).get("country_code")),
    "orders_count": number("orders_count"),
    "total_spent": number("total_spent"),
}
del CUSTOMERS["created_at"]  # is no filter of customers; customer_date is
PRODUCTS: dict[str, Filter] = {
    **STAMPED,
    **TAGGED,
    "handle": text("handle"),
    "product_type": text("product_type"),
    "status": text("status"),
    "title": text("title"),
    "vendor": text("vendor"),
}
CHECKOUTS: dict[str, Filter] = {
    **STAMPED,
    "email_state": text(lambda row: row.get("email_state", "NOT_SENT")),
    "recovery_state": text(lambda row: "recovered" if row["completed_at"] else "not_recovered"),
    "status": text(lambda row: row["status"]),
}

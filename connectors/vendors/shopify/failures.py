"""What Shopify's refusals mean: by HTTP status, by the code of a GraphQL error, by a mutation's own words.

https://shopify.dev/docs/api/usage/response-codes
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from connectors.errors import NeedsAttention, NotFound, Refused, TryLater, VendorError
from connectors.masking import masked
from connectors.values import mapping, rows, text
from connectors.vendors.shopify import costs

LATER = {"INTERNAL_SERVER_ERROR", "IDEMPOTENCY_CONCURRENT_REQUEST"}
SECURITY_PAUSE = 600.0  # seconds
# What no single call is to blame for, by HTTP status: code and sentence.
CONNECTION = {
    402: ("shop_inactive", "Shopify: the store is frozen because a bill is unpaid. Its owner has to pay it."),
    404: ("shop_unknown", "Shopify knows no shop of this name. Check it in the connection."),
    423: ("shop_inactive", "Shopify: the store is locked. Its owner has to ask Shopify why."),
}

Row = dict[str, Any]


class TooDear(Refused):
    """One query asked for too much; a smaller page may pass."""


@contextmanager
def by_status() -> Iterator[None]:
    """All calls go to one address, so a refusal of that address concerns the whole connection."""
    try:
        yield
    except Refused as error:
        if error.status == 430:
            raise TryLater(
                "Shopify: our calls look suspicious to it. They go on after a pause.",
                code="throttled",
                status=430,
                after=SECURITY_PAUSE,
            ) from None
        if error.status not in CONNECTION:
            raise
        code, sentence = CONNECTION[error.status]
        raise NeedsAttention(sentence, code=code, status=error.status) from None


def of_query(body: Row, *, is_write: bool) -> VendorError | None:
    """What the first error of an answer means, None where there is none."""
    given = body.get("errors")
    found = [{"message": given}] if isinstance(given, str) and given else rows(given)
    return _error(found[0], body, is_write=is_write) if found else None


def of_rules(answer: Row) -> Refused | None:
    """What a mutation that was understood does not do, and why."""
    errors = rows(answer.get("userErrors"))
    if not errors:
        return None
    said = masked(text(errors[0].get("message"), 500))
    code = text(errors[0].get("code"), 60)
    if "find resource" in said or "not exist" in said or code == "NOT_FOUND":
        return NotFound(f"Shopify has no such object ({said}).", code="not_found")
    return Refused(f"Shopify refuses this ({said}).", code=code.lower() or "refused")


def without_data(*, is_write: bool) -> TryLater:
    return TryLater(
        "Shopify's answer lacks the data it documents. It is tried again.",
        code="unreadable_answer",
        in_doubt=is_write,
    )


def _error(error: Row, body: Row, *, is_write: bool) -> VendorError:
    code = text(mapping(error.get("extensions")).get("code"))
    said = masked(text(error.get("message"), 500))
    if code == "THROTTLED":
        cost = costs.read(body)
        return TryLater(
            "Shopify: too many calls for now. It goes on as soon as Shopify allows.",
            code="throttled",
            after=cost.wait if cost else costs.UNKNOWN_WAIT,
        )
    if code == "MAX_COST_EXCEEDED":
        return TooDear("Shopify: one query asked for too much.", code="too_dear")
    if code in LATER:
        return TryLater(
            f"Shopify: a problem on its side ({said}). It is tried again.",
            code="vendor_error",
            in_doubt=is_write,
        )
    if code == "ACCESS_DENIED":
        return NeedsAttention(
            f"Shopify: the app may not do this ({said}) Give it this scope, or access to protected customer "
            "data, and install it again.",
            code="scope_missing",
        )
    if code == "SHOP_INACTIVE":
        return NeedsAttention("Shopify: the store is frozen or closed.", code="shop_inactive")
    return Refused(f"Shopify does not take this query ({said}).", code="refused")

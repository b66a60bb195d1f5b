"""Gorgias' rate limit: one leaky bucket for all keys of an account, 40 calls in 20 seconds.

https://developers.gorgias.com/reference/limitations. Every answer tells how full it is, such as ``10/40``.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.limits import Bucket, Leak, Told

HEADER = "X-Gorgias-Account-Api-Call-Limit"
SIZE, SECONDS = 40.0, 20.0

BUCKETS = (Bucket("calls", (Leak(SIZE, SIZE / SECONDS),)),)


def told(headers: Mapping[str, str]) -> Told | None:
    """An account with another size drains accordingly, or faster, which the next answers show."""
    used, _, size = headers.get(HEADER, "").partition("/")
    try:
        whole = float(size)
        return Told(left=whole - float(used), size=whole, per_second=whole / SECONDS)
    except ValueError:
        return None

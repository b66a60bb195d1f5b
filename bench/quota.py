"""How much of a vendor's limits some calls took."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import requests

from bench.house import House
from connectors.limits import Leak, Limit, Window
from connectors.limits.bucket import bucket_of
from connectors.registry import vendor_class

Call = dict[str, Any]


class Used(NamedTuple):
    """Of the limit that was used most, 0 to 1; on the average of all accounts."""

    share: float
    limit: str
    calls: float


def used(home: House, vendor: str, calls: Sequence[Call], accounts: int, seconds: float) -> Used:
    mine = [each for each in calls if each["vendor"] == vendor]
    paces, taken, costs = {}, defaultdict[str, float](float), Costs(home)
    for call in mine:
        bucket = bucket_of(vendor_class(vendor).buckets, call["method"], call["path"].partition("?")[0])
        if bucket is not None:
            paces[bucket.name] = _a_second(bucket.limits[-1])  # the one that vendors tell about
            taken[bucket.name] += costs.of(call) if vendor == "shopify" else 1
    shares = {name: points / accounts / seconds / paces[name] for name, points in taken.items()}
    limit = max(shares, key=shares.__getitem__, default="none")
    return Used(shares.get(limit, 0.0), limit, len(mine) / accounts)


class Costs:
    """Query points, as the fake counts them: it is asked the same once more."""

    def __init__(self, home: House) -> None:
        self._url = home.sandbox.url
        self._known: dict[str, float] = {}

    def of(self, call: Call) -> float:
        document = json.loads(call["body"])["query"]
        if document not in self._known:
            self._known[document] = self._asked(call)
        return self._known[document]

    def _asked(self, call: Call) -> float:
        headers = {name: value for name, value in call["headers"].items() if name.lower() in ASKED_WITH}
        url = f"{self._url}/{call['vendor']}{call['path']}"
        answer = requests.request(
            call["method"], url, data=call["body"].encode(), headers=headers, timeout=30
        )
        return float(answer.json()["extensions"]["cost"]["actualQueryCost"])


ASKED_WITH = ("x-shopify-access-token", "content-type")


def _a_second(limit: Limit) -> float:
    """What it lets through on and on."""
    if isinstance(limit, Leak):
        return limit.per_second
    if isinstance(limit, Window):
        return limit.count / limit.seconds
    raise TypeError(f"What {type(limit).__name__} lets through on and on is not known.")

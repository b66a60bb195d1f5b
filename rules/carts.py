"""Which message a left cart gets: by its value, who left it, and what is left of its things."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from rules.facts import CartFacts, CustomerFacts, Facts

FIRST_TIME = "first_time"


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """``left`` is the true number of the scarcest thing where that is a reason to hurry, else None."""

    value: str  # personal | middle | generic
    history: str  # first_time | repeat | unknown (no storefront to ask)
    left: int | None = None

    def told(self) -> dict[str, Any]:
        is_first = self.history == FIRST_TIME
        return {
            "value": self.value,
            "history": self.history,
            "left": self.left,
            "free_shipping": self.left is not None,
            "social_proof": is_first,
        }


def branch(facts: Facts, cart: CartFacts, customer: CustomerFacts, params: Mapping[str, Any]) -> Branch:
    history = {None: "unknown", 0: FIRST_TIME}.get(customer.order_count, "repeat")
    value = _value(
        cart.total, params["personal_above"][cart.currency], params["generic_below"][cart.currency]
    )
    scarcest = min((each.left for each in facts.shelf if each.left is not None), default=None)
    is_low = scarcest is not None and scarcest <= params["low_stock"]
    return Branch(value=value, history=history, left=scarcest if is_low and history == "repeat" else None)


def _value(total: Decimal, personal_above: Decimal, generic_below: Decimal) -> str:
    if total > personal_above:
        return "personal"
    return "generic" if total < generic_below else "middle"


def region_of(facts: Facts, regions: Mapping[str, str]) -> str:
    """Of the address that counts. A province counts more than its country."""
    country, province = (each.upper() for each in facts.address)
    return regions.get(f"{country}-{province}") or regions.get(country, "")

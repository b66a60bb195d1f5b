"""Amounts of money are compared within one currency, never across: without a rate nobody can tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rules.kinds import MONEY, money

BY_CURRENCY = frozenset({"gt", "gte", "lt", "lte"})  # may name an amount for each currency
REACHES = frozenset({"gt", "gte"})
CURRENCY = re.compile("[A-Z]{3}")
HOME = ""  # the client's own currency


def table(value: Mapping[Any, Any]) -> dict[str, Any] | None:
    """An amount for each currency, such as {USD: 500, EUR: 450}. None when it is no such thing."""
    found = {currency: money(amount) for currency, amount in value.items()}
    is_table = bool(found) and all(isinstance(each, str) and CURRENCY.fullmatch(each) for each in found)
    return found if is_table and None not in found.values() else None


def passes(op: str, seen: Mapping[str, Decimal], wanted: Mapping[str, Any], home: str) -> bool | None:
    """Whether the amounts seen pass; HOME stands for the currency ``home`` in both.

    Each currency is compared for itself. An amount in a currency that is not named leaves it open (None),
    unless another one decides.
    """
    home = home or (next(iter(seen)) if len(seen) == 1 else HOME)
    amounts = {currency or home: amount for currency, amount in seen.items()}
    limits = {currency or home: limit for currency, limit in wanted.items()}
    has_others = any(amount for currency, amount in amounts.items() if currency not in limits)
    answers = [
        MONEY.tests[op](amounts.get(currency, Decimal()), limit)
        for currency, limit in limits.items()
        if currency in amounts or not has_others
    ]
    decisive = op in REACHES
    return decisive if decisive in answers else None if has_others else not decisive


def told(seen: Mapping[str, Decimal]) -> str:
    """With their currencies, so that it is seen what could not be compared."""
    return ", ".join(f"{amount} {currency}".strip() for currency, amount in sorted(seen.items()))

"""What a discount code is worth: a part of the price, an amount in each currency, or free shipping. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from django import forms
from django.core.exceptions import ValidationError

from rules.fields import shown

FREE_SHIPPING = "free shipping"
CENT = Decimal("0.01")
PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)\s*%")
AMOUNT = re.compile(r"(\d{1,12}(?:\.\d{1,4})?)\s*([A-Za-z]{3})")


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """``percent`` is more than 0 and at most 100; with neither it is free shipping."""

    percent: Decimal | None = None
    amounts: Mapping[str, Decimal] = {}

    def told(self, currency: str = "") -> str:
        """As it is written; of several amounts that of one currency, where it is named."""
        if self.percent is not None:
            return f"{self.percent}%"
        named = {currency: self.amounts[currency]} if currency in self.amounts else self.amounts
        return ", ".join(f"{each} {name}" for name, each in sorted(named.items())) or FREE_SHIPPING

    def is_known_in(self, currency: str) -> bool:
        return not self.amounts or currency in self.amounts

    def cost(self, total: Decimal, currency: str) -> Decimal:
        """What it takes off a cart of this total; what shipping costs is not known here, so it is 0."""
        if self.percent is not None:
            return (total * self.percent / 100).quantize(CENT)
        return min(self.amounts.get(currency, Decimal()), total)


def parse(text: str) -> Worth:
    """Raises ValueError with a sentence."""
    given = text.strip()
    if given.lower() == FREE_SHIPPING:
        return Worth()
    if found := PERCENT.fullmatch(given):
        percent = Decimal(found[1])
        if not 0 < percent <= 100:
            raise ValueError(f"A percentage is more than 0 and at most 100, not {shown(given)}.")
        return Worth(percent=percent)
    return Worth(amounts=_amounts(given))


def _amounts(text: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for part in text.split(","):
        match = AMOUNT.fullmatch(part.strip())
        if match is None or not Decimal(match[1]):
            raise ValueError(f"Write 10%, 15 USD (or 15 USD, 14 EUR) or “free shipping”, not {shown(text)}.")
        currency = match[2].upper()
        if currency in found:
            raise ValueError(f"Names {currency} twice.")
        found[currency] = Decimal(match[1])
    return found


class WorthField(forms.CharField):
    """Kept as a text that reads back the same."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, **options)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        try:
            return parse(text).told() if text else ""
        except ValueError as error:
            raise ValidationError(str(error)) from error

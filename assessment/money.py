"""Reads amounts as people write them: "1.234,56", "$2,000,000", "2 000 000", "1.5m"."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MOST = Decimal(10) ** 16
LONGEST = 60  # characters
_SHAPE = re.compile(r"(?P<digits>\d[\d.,]*)(?P<size>[kKmM]?)", re.ASCII)
_SIZES = {"": 1, "k": 1_000, "m": 1_000_000}
_UNSEEN = re.compile(r"[\s'’_]")
_CURRENCY = re.compile(r"^(?:[A-Za-z]{3}(?=\d))|(?<=[\dkKmM])[A-Z]{3}$", re.ASCII)


def parse(text: str) -> Decimal:
    """Raises ValueError when it is no amount. The separator that comes last, if it is not one of
    thousands, is the decimal one."""
    bare = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Sc")
    found = _SHAPE.fullmatch(_CURRENCY.sub("", _UNSEEN.sub("", bare)))
    if not found:
        raise ValueError("no amount")
    value = Decimal(_plain(found["digits"])) * _SIZES[found["size"].lower()]
    if value >= MOST:
        raise ValueError("too much")
    return value.quantize(Decimal("0.01"))


def shown(value: Decimal) -> str:
    """As somebody would type it, and ``parse`` reads it back."""
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


def _plain(digits: str) -> str:
    """With a point for decimals and nothing else."""
    comma, point = digits.rfind(","), digits.rfind(".")
    if min(comma, point) >= 0:
        decimal, thousands = (",", ".") if comma > point else (".", ",")
        whole, _, rest = digits.rpartition(decimal)
        return _grouped(whole, thousands) + "." + (rest or "0")
    mark = "," if comma >= 0 else "."
    parts = digits.split(mark)
    if len(parts) == 2 and (len(parts[1]) != 3 or parts[0] == "0"):
        return f"{parts[0]}.{parts[1] or '0'}"
    return _grouped(digits, mark)


def _grouped(digits: str, mark: str) -> str:
    """Groups of three after the first, or it is something else, such as a date or an address."""
    first, *rest = digits.split(mark)
    if (rest and not 1 <= len(first) <= 3) or any(len(each) != 3 for each in rest):
        raise ValueError("no amount")
    if not (first + "".join(rest)).isdecimal():
        raise ValueError("no amount")
    return first + "".join(rest)


class MoneyField(forms.Field):
    """An amount that may be left out: None."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "maxlength": LONGEST, "autocomplete": "off"})

    def to_python(self, value: str | None) -> Decimal | None:
        text = (value or "").strip()
        if not text:
            return None
        try:
            return parse(text[:LONGEST])
        except ValueError:
            raise ValidationError(
                _("Write the amount in digits, such as 250,000. Minus signs and words cannot be read."),
                code="invalid",
            ) from None

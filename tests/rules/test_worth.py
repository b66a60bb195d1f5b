"""What a discount is worth: written by people, read back the same, reckoned in money."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from rules import worth
from rules.worth import Worth, WorthField


@pytest.mark.parametrize(
    ("text", "given", "told"),
    [
        ("10%", Worth(percent=Decimal(10)), "10%"),
        (" 12.5 % ", Worth(percent=Decimal("12.5")), "12.5%"),
        ("15 usd", Worth(amounts={"USD": Decimal(15)}), "15 USD"),
        (
            "15 USD, 14.50EUR",
            Worth(amounts={"USD": Decimal(15), "EUR": Decimal("14.50")}),
            "14.50 EUR, 15 USD",
        ),
        ("Free Shipping", Worth(), "free shipping"),
    ],
)
def test_it_is_read_and_told(text, given, told):
    assert worth.parse(text) == given
    assert given.told() == told
    assert worth.parse(told) == given
    assert WorthField().clean(text) == told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0%", "more than 0"),
        ("101%", "at most 100"),
        ("ten", "Write 10%"),
        ("0 USD", "Write 10%"),
        ("15", "Write 10%"),
        ("15 USD, 14 USD", "USD twice"),
    ],
)
def test_what_is_none_is_told(text, said):
    with pytest.raises(ValidationError, match=said):
        WorthField().clean(text)


@pytest.mark.parametrize(
    ("text", "total", "currency", "cost"),
    [
        ("10%", "149.99", "USD", "15.00"),
        ("15 USD", "149.99", "USD", "15"),
        ("15 USD", "9.50", "USD", "9.50"),
        ("15 USD", "149.99", "EUR", "0"),
        ("free shipping", "149.99", "USD", "0"),
    ],
)
def test_it_costs_at_the_most_what_the_cart_is_worth(text, total, currency, cost):
    assert worth.parse(text).cost(Decimal(total), currency) == Decimal(cost)


def test_only_amounts_have_to_be_named_for_a_currency():
    assert [worth.parse(each).is_known_in("EUR") for each in ("10%", "free shipping", "15 USD")] == [
        True,
        True,
        False,
    ]
    assert worth.parse("15 USD, 14 EUR").told("EUR") == "14 EUR"

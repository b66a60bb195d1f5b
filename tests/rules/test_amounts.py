"""Money in conditions: within one currency, and "cannot be told" where it would have to be across."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from rules import conditions
from rules.facts import CustomerFacts, Facts, ProductFacts
from tests.rules.examples import ORDER, facts
from tests.rules.test_conditions import answer, complaint, leaf

EURO = leaf("order.currency", "eq", "eur")
TABLE = {"USD": 500, "EUR": "450"}


def paid(amount: str, currency: str = "USD", home: str = "USD") -> Facts:
    order = msgspec.structs.replace(ORDER, total=Decimal(amount), currency=currency)
    return facts(order=order, currency=home)


def spent(home: str = "USD", **by_currency: int) -> Facts:
    amounts = {currency: Decimal(amount) for currency, amount in by_currency.items()}
    known = amounts.get(home, None if any(amounts.values()) else Decimal())
    return facts(customer=CustomerFacts(order_count=1, spent=known, spent_by_currency=amounts), currency=home)


@pytest.mark.parametrize(
    ("known", "op", "value", "passed"),
    [
        (paid("120"), "gte", 100, True),
        (paid("120", "EUR"), "gte", 100, None),  # a number alone is in the client's currency
        (paid("120", "EUR"), "lt", 100, None),
        (paid("120", "EUR"), "eq", 120, None),
        (paid("120", "EUR"), "in", [120], None),
        (paid("120", "EUR"), "between", [100, 200], None),
        (paid("120", "EUR"), "exists", True, True),
        (paid("0", "EUR"), "gt", 100, False),  # nothing is nothing in every currency
        (paid("120", "EUR", home=""), "gte", 100, True),  # the client's currency is not known yet
        (paid("500"), "gte", TABLE, True),
        (paid("499"), "gte", TABLE, False),
        (paid("460", "EUR"), "gte", TABLE, True),
        (paid("440", "EUR"), "lt", TABLE, True),
        (paid("900", "GBP"), "gte", TABLE, None),
        (paid("900", "GBP"), "lt", TABLE, None),
    ],
)
def test_an_order_is_compared_in_its_own_currency(known, op, value, passed):
    assert answer(leaf("order.total", op, value), known) is passed


@pytest.mark.parametrize(
    ("known", "passed"),
    [(paid("120", "EUR"), True), (paid("90", "EUR"), False), (paid("120"), False)],
)
def test_a_number_beside_a_currency_is_in_that_currency(known, passed):
    total = leaf("order.total", "gte", 100)

    assert answer({"all": [total, EURO]}, known) is passed
    assert answer({"all": [EURO, {"all": [total]}]}, paid("120", "EUR")) is None  # not beside it


@pytest.mark.parametrize(
    ("known", "op", "value", "passed"),
    [
        (spent(USD=600), "gte", 500, True),
        (spent(USD=600, EUR=10), "gte", 500, True),
        (spent(USD=10, EUR=900), "gte", 500, None),
        (spent(EUR=900), "gte", 500, None),
        (spent(EUR=900), "gte", TABLE, True),
        (spent(EUR=10, USD=10), "gte", TABLE, False),
        (spent(USD=600, EUR=10), "lt", TABLE, False),
        (spent(USD=10, EUR=10), "lte", TABLE, True),
        (spent(USD=10, GBP=10), "lt", TABLE, None),
        (spent(), "gt", 0, False),
        (spent(), "eq", 0, True),
        (spent(), "lt", TABLE, True),
        (facts(customer=CustomerFacts()), "gte", 500, None),
    ],
)
def test_what_a_customer_spent_is_compared_currency_by_currency(known, op, value, passed):
    assert answer(leaf("customer.spent", op, value), known) is passed


@pytest.mark.parametrize(("op", "passed"), [("gte", True), ("gt", False), ("lte", True), ("lt", False)])
def test_more_and_less_are_opposites(op, passed):
    assert answer(leaf("order.total", op, {"USD": "120.50"}), facts(order=ORDER)) is passed


def test_a_price_is_in_the_client_s_currency():
    known = facts(product=ProductFacts(id="1"), currency="EUR")

    assert answer(leaf("product.price", "gt", 10), known) is None


def test_what_cannot_be_compared_is_told_with_its_currency():
    outcome = conditions.parse(leaf("order.total", "gte", 100)).ask(paid("120", "EUR"))

    assert [each.seen for each in outcome.conditions] == ["120 EUR"]


@pytest.mark.parametrize(
    ("op", "value", "sentence"),
    [
        ("gte", {}, "order.total needs an amount for each currency, such as {USD: 500}."),
        ("gte", {"usd": 5}, "order.total needs an amount for each currency, such as {USD: 500}."),
        ("gte", {"USD": "much"}, "order.total needs an amount for each currency, such as {USD: 500}."),
        ("gte", {5: 5}, "order.total needs an amount for each currency, such as {USD: 500}."),
        ("eq", {"USD": 5}, "order.total eq needs a number; amounts by currency go with gt, gte, lt, lte."),
        ("in", [{"USD": 5}], "order.total needs a number, not names and values."),
    ],
)
def test_a_wrong_table_is_refused(op, value: Any, sentence):
    assert complaint(leaf("order.total", op, value)) == sentence


def test_a_table_is_only_for_money():
    assert complaint(leaf("order.item_count", "gte", {"USD": 5})) == (
        "order.item_count needs a number, not names and values."
    )


def test_a_table_is_read_aloud_and_reads_back():
    parsed = conditions.parse(leaf("order.total", "gte", TABLE))

    assert parsed.sentence(about="order") == "its total is at least 500 USD or 450 EUR"
    assert parsed.to_json() == leaf("order.total", "gte", TABLE)

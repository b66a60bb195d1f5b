"""The message of a category, and the line that an order is about."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.types import LineItem
from rules.recommending import Purchased, leading, message_for

TABLE = {"Apparel": "style", "Apparel > Shoes": "shoe-care", "tents": "pitch"}


@pytest.mark.parametrize(
    ("category", "message"),
    [
        ("Apparel > Shoes > Boots", "shoe-care"),
        ("apparel>shoes", "shoe-care"),
        ("Apparel > Shirts", "style"),
        ("Outdoor > Camping > Tents", "pitch"),
        ("Outdoor > Camping", "other"),
        ("Shoes", "other"),
        ("", "other"),
    ],
)
def test_the_nearest_name_above_a_category_counts(category, message):
    assert message_for(category, TABLE, "other") == message


def test_a_line_without_a_price_counts_least_and_the_first_of_two_alike_wins():
    def line(name: str, price: str | None, quantity: int = 1) -> Purchased:
        item = LineItem(product_id=name, quantity=quantity)
        return Purchased(item=item, category=name, price=Decimal(price) if price else None)

    found = leading((line("a", None, 9), line("b", "10"), line("c", "5", 2)), {}, "general")

    assert found is not None
    assert found.category == "b"

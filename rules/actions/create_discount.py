"""Make a discount code that one person may use once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Self

from django import forms

from connectors.roles import Discount, Storefront
from rules import worth
from rules.actions.base import Action, Missing
from rules.facts import Facts
from rules.sentences import quoted


class CreateDiscount(Action[Storefront], frozen=True, kw_only=True):
    """``cost`` is the most it was reckoned to take off, in ``currency``: for the caps."""

    slug: ClassVar[str] = "create_discount"
    label: ClassVar[str] = "Make a discount code"
    role: ClassVar[str] = "storefront"
    asks: ClassVar[str] = "create_discount"
    repeat_safe: ClassVar[bool] = True  # a code that carries our key is ours

    code: str
    worth: str  # 10%, 15.00 USD or free shipping
    starts_at: datetime
    ends_at: datetime
    customer_id: str = ""
    currency: str = ""
    cost: Decimal = Decimal()

    class Arguments(forms.Form):
        code = forms.CharField(max_length=100, help_text="Such as THANKS-{order.id}: one for each customer.")
        worth = worth.WorthField(help_text="10%, 15 USD (or 15 USD, 14 EUR) or “free shipping”.")
        valid_days = forms.IntegerField(min_value=1, max_value=365, initial=7)

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        """An amount is in the store's currency, as the storefront takes no other."""
        if facts.customer is None or not facts.customer.record_id:
            return Missing("no_record")
        given = worth.parse(arguments["worth"])
        if not given.is_known_in(facts.currency):
            return Missing("no_worth_for_currency")
        return cls(
            code="-".join(arguments["code"].split()),
            worth=given.told(facts.currency),
            starts_at=at,
            ends_at=at + timedelta(days=arguments["valid_days"]),
            customer_id=facts.customer.record_id,
            currency=facts.currency,
            cost=_cost(given, facts),
        )

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"make the discount code {quoted(arguments['code'])} ({arguments['worth']})"

    def sentence(self) -> str:
        return f"Make the discount code {self.code} ({self.worth})"

    def perform(self, platform: Storefront, key: str) -> None:
        platform.create_discount(self._discount(key))

    def _discount(self, key: str) -> Discount:
        given = worth.parse(self.worth)
        return Discount(
            code=self.code,
            title=f"Orchestrator {key}",
            percent=given.percent,
            amount=given.amounts.get(self.currency),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            customer_id=self.customer_id,
        )


def _cost(given: worth.Worth, facts: Facts) -> Decimal:
    """The most it is reckoned to take off: of the cart that it is for, or of another like the order."""
    about = facts.cart or facts.order
    if about is None or about.currency != facts.currency or (given.amounts and facts.cart is None):
        return given.amounts.get(facts.currency, Decimal())
    return given.cost(about.total, facts.currency)

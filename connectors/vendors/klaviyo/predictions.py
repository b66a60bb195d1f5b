"""What Klaviyo expects of people. https://developers.klaviyo.com/en/reference/get_profiles

It says nothing of accounts with too few orders, and of people who never ordered. The figures are in the
account's currency, and not dated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.errors import TryLater
from connectors.roles import Marketing
from connectors.types import Money, Person, PredictionSnapshot
from connectors.values import emails as addresses
from connectors.values import mapping, text
from connectors.vendors.klaviyo.api import Item, attributes, items
from connectors.vendors.klaviyo.profiles import email_of, profile_pages

FIELDS = {
    "additional-fields[profile]": "predictive_analytics",
    "fields[profile]": "email,predictive_analytics",
}


class Predictions(Marketing):
    def predictions(self, emails: Sequence[str], currency: str) -> list[PredictionSnapshot]:
        found: list[PredictionSnapshot] = []
        for response in profile_pages(self.client, emails, FIELDS):
            at = response.answered_at
            if at is None:
                raise TryLater(
                    "Klaviyo's answer lacks its time. It is tried again.", code="unreadable_answer"
                )
            found += [_prediction(each, at, currency) for each in items(response) if email_of(each)]
        return found


def _prediction(profile: Item, at: datetime, currency: str) -> PredictionSnapshot:
    told = mapping(attributes(profile).get("predictive_analytics"))
    id_ = text(profile.get("id"), 60)
    churn = _number(told.get("churn_probability"))
    return PredictionSnapshot(
        id=id_,
        source_at=at,
        customer=Person(id=id_, emails=addresses([email_of(profile)])),
        value=_money(told.get("predicted_clv"), currency),
        past=_money(told.get("historic_clv"), currency),
        churn=churn if churn is not None and 0 <= churn <= 1 else None,
    )


def _money(value: Any, currency: str) -> Money | None:
    """Cents will do: the tool counts on for ever."""
    amount = _number(value)
    return Money(amount.quantize(Decimal("0.01")), currency) if amount is not None and currency else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < 10**12 else None

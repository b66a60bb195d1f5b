"""What Klaviyo expects of people: in the account's currency, dated by its clock, never nought for nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connectors.types import Money
from tests.connectors.accounts import FakeAccount

ANA, BEN = "ana@shop.test", "ben@shop.test"


@pytest.fixture(autouse=True)
def _people(klaviyo: FakeAccount) -> None:
    klaviyo.seed(profiles=[{"email": ANA}, {"email": BEN}])


def test_a_prediction_names_its_person_its_currency_and_its_time(klaviyo):
    shown = klaviyo.do(
        "profile_predict", email=ANA, predicted_clv=320.456, historic_clv=80, churn_probability=0.25
    )

    (found,) = klaviyo.open().predictions([ANA.upper()], "USD")

    assert (found.id, found.customer.id, found.customer.emails) == (shown["id"], shown["id"], (ANA,))
    assert found.value == Money(Decimal("320.46"), "USD")
    assert (found.past, found.churn) == (Money(Decimal("80.00"), "USD"), Decimal("0.25"))
    assert abs(found.source_at - datetime.now(UTC)) < timedelta(minutes=2)


@pytest.mark.parametrize("figure", [None, "soon", -3, True, [1], "Infinity"])
def test_what_is_missing_or_odd_is_not_known(klaviyo, figure):
    klaviyo.do("profile_predict", email=ANA, predicted_clv=figure, churn_probability=figure)

    (found,) = klaviyo.open().predictions([ANA], "USD")

    assert (found.value, found.past, found.churn) == (None, None, None)


def test_without_the_accounts_currency_no_sum_is_told(klaviyo):
    klaviyo.do("profile_predict", email=ANA, predicted_clv=320)

    (found,) = klaviyo.open().predictions([ANA], "")

    assert found.value is None


def test_many_people_are_one_call_and_strangers_are_left_out(klaviyo):
    found = klaviyo.open().predictions([ANA, BEN, "nobody@shop.test"], "USD")

    assert {each.customer.emails[0] for each in found} == {ANA, BEN}
    (asked,) = klaviyo.requests("/api/profiles")
    assert "predictive_analytics" in asked["path"]

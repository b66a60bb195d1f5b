"""Whose clock counts: the customer's where their address tells it, else the client's, else UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from rules import pacing, params, zones
from rules.facts import CartFacts, Facts
from tests.rules.examples import CUSTOMER, facts, rule

WINTER, SUMMER = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)


def about(country: str | None = None, region: str | None = None, **fields: Any) -> Facts:
    customer = msgspec.structs.replace(CUSTOMER, country=country, region=region)
    return facts(**{"customer": customer, "timezone": "Europe/Paris", **fields})


@pytest.mark.parametrize(
    ("country", "region", "zone"),
    [
        ("US", "CA", "America/Los_Angeles"),
        ("us", "ny", "America/New_York"),
        ("US", "TX", ""),  # El Paso keeps another time than Houston
        ("US", "", ""),
        ("CA", "AB", "America/Edmonton"),
        ("CA", "ON", ""),
        ("AU", "QLD", "Australia/Brisbane"),
        ("AU", "NSW", ""),
        ("GB", "ENG", "Europe/London"),
        ("DE", "BY", "Europe/Berlin"),  # two zones in the database, one time of day
        ("ES", "", ""),  # the Canaries
        ("PT", "", ""),
        ("JP", "JP-13", "Asia/Tokyo"),
        ("TO", "", "Pacific/Tongatapu"),
        ("AS", "", "Pacific/Pago_Pago"),
        ("RU", "", ""),
        ("XX", "", ""),
        ("", "", ""),
    ],
)
def test_an_address_tells_its_zone_only_where_there_is_one_time_of_day(country, region, zone):
    assert {zones.of_address(country, region, moment) for moment in (WINTER, SUMMER)} == {zone}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (about("US", "CA"), ("America/Los_Angeles", "customer")),
        (about("US", "TX"), ("Europe/Paris", "client")),
        (about(), ("Europe/Paris", "client")),
        (about("US", "TX", timezone="Mars/Base"), ("UTC", "utc")),
        (about(customer=None), ("Europe/Paris", "client")),
    ],
)
def test_the_customer_comes_before_the_client_and_the_source_is_told(fields, expected):
    zone, source = zones.of(fields)

    assert (zone.key, source) == expected


def test_where_the_cart_goes_counts_more_than_where_the_customer_lives():
    cart = CartFacts(id="1", total=Decimal(1), currency="USD", country="JP")

    assert zones.of(about("US", "CA", cart=cart))[0].key == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("moment", "country", "region", "expected"),
    [
        ("2026-03-08T07:30Z", "US", "CA", "2026-03-08 15:00"),  # clocks go forward that night
        ("2026-11-01T06:30Z", "US", "CA", "2026-11-01 16:00"),  # and back
        ("2026-11-02T08:30Z", "TO", "", "2026-11-02 19:00"),  # UTC+13
        ("2026-11-02T08:30Z", "AS", "", "2026-11-02 19:00"),  # UTC-11
        ("2028-02-29T13:30Z", "JP", "", "2028-02-29 23:00"),  # their first of March
        ("2026-11-02T12:00Z", "JP", "", "2026-11-02 23:00"),
        ("2026-11-02T12:00Z", "GB", "", "2026-11-02 12:00"),
    ],
)
def test_the_night_is_that_of_the_customer(moment, country, region, expected):
    now = datetime.fromisoformat(moment)
    values = params.clean(rule("cart_recovery").recipe, {})

    found = pacing.turn(values, about(country, region, now=now), [], now)

    assert found.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") == expected
    assert found.zone_source == "customer"

"""Whose clock counts for a customer: that of their address, else the client's, else UTC. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.facts import Facts

# Countries with several times of day: their provinces that have one alone. What is split (Texas, Florida,
# Ontario, New South Wales) is left out, so that the client's own zone counts there.
PROVINCES = {
    "US": {
        "America/New_York": "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
        "America/Chicago": "AL AR IA IL LA MN MO MS OK WI",
        "America/Denver": "CO MT NM UT WY",
        "America/Phoenix": "AZ",
        "America/Los_Angeles": "CA WA",
        "Pacific/Honolulu": "HI",
    },
    "CA": {
        "America/Halifax": "NB NS PE",
        "America/Winnipeg": "MB",
        "America/Edmonton": "AB NT",
        "America/Whitehorse": "YT",
    },
    "AU": {
        "Australia/Sydney": "ACT",
        "Australia/Melbourne": "VIC",
        "Australia/Hobart": "TAS",
        "Australia/Brisbane": "QLD",
        "Australia/Adelaide": "SA",
        "Australia/Darwin": "NT",
    },
}
BY_PROVINCE = {
    (country, province): zone
    for country, zones in PROVINCES.items()
    for zone, provinces in zones.items()
    for province in provinces.split()
}
UTC = ZoneInfo("UTC")
SEASONS = (1, 7)  # months: summer time tells apart what agrees in winter


def of(facts: Facts) -> tuple[ZoneInfo, str]:
    """The zone, and where it is from: customer, client or utc."""
    if theirs := of_address(*facts.address, facts.now):
        return ZoneInfo(theirs), "customer"
    own = named(facts.timezone)
    return (own, "client") if own else (UTC, "utc")


def named(name: str) -> ZoneInfo | None:
    """None where there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def of_address(country: str, province: str, now: datetime) -> str:
    """The zone of an address (ISO 3166), "" where it is not known or the country has several clocks."""
    if zone := BY_PROVINCE.get((country.upper(), province.upper())):
        return zone
    return _alone(country.upper(), now.year)


@cache
def _alone(country: str, year: int) -> str:
    """The zone of a country whose clocks all agree."""
    zones = _zones().get(country, ())
    clocks = {
        tuple(datetime(year, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in SEASONS)
        for zone in zones
    }
    return zones[0] if len(clocks) == 1 else ""


@cache
def _zones() -> Mapping[str, tuple[str, ...]]:
    """Country → zones, as the time zone database itself lists them, the most populous first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    table = resources.files("tzdata") / "zoneinfo" / "zone.tab"
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found[country].append(zone)
    return {country: tuple(zones) for country, zones in found.items()}

"""Limits of a rule in a client file: set, changed, taken back, exported."""

from __future__ import annotations

import pytest

from connectors.models import Store
from orchestrator.clientfile import export
from rules.limits import Limits
from rules.models import Rule, RuleVersion
from tests.orchestrator.clientfile.files import FULL, applied, problems

pytestmark = pytest.mark.django_db


def limited(text: str) -> str:
    return FULL.replace("mode: live,", f"mode: live, limits: {{{text}}},")


def limits() -> Limits:
    return Rule.objects.get().limits


def test_limits_are_set_changed_and_taken_back_without_a_new_version():
    new = applied(limited("customers_per_hour: 50, approve_above: 200"))
    changed = applied(limited("customers_per_hour: 60, approve_above: null, share_of_customers: 5"))

    assert "+ limits.customers_per_hour: 50" in new.told()
    assert "~ limits.customers_per_hour: 50 → 60" in changed.told()
    assert "~ limits.approve_above: 200 → nothing" in changed.told()
    assert limits() == Limits(customers_per_hour=60, share_of_customers=5)
    assert RuleVersion.objects.count() == 1


def test_what_the_file_leaves_out_stays_and_is_listed():
    applied(limited("customers_per_hour: 50, share_of_customers: 5"))

    diff = applied(limited("customers_per_hour: 50"))

    assert not diff.is_change
    assert "left as it is: limits.share_of_customers" in diff.told()
    assert applied(FULL).told().count("limits.") == 2
    assert limits() == Limits(customers_per_hour=50, share_of_customers=5)


def test_an_export_names_the_limits_that_are_set_and_applies_again():
    applied(limited("share_of_customers: 5, customers_per_hour: 50"))
    text = export.text(Store.objects.get())

    assert "    limits:\n      customers_per_hour: 50\n      share_of_customers: 5\n    params:" in text
    assert not applied(text).is_change
    Rule.objects.update(customers_per_hour=None)
    applied(text)
    assert limits() == Limits(customers_per_hour=50, share_of_customers=5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("per_hour: 5", "There is no key “per_hour” in “limits”"),
        ("customers_per_hour: 0", "customers_per_hour: It has to be between 1 and 10,000,000 customers"),
        ("share_of_customers: 101", "share_of_customers: It has to be between 1 and 100 percent"),
        (
            "approve_above: many",
            "approve_above: It has to be a whole number of customers, or null, not a text.",
        ),
        (
            "approve_above: true",
            "approve_above: It has to be a whole number of customers, or null, not true.",
        ),
    ],
)
def test_what_is_no_limit_is_told_with_its_line(text: str, told: str):
    (found,) = problems(limited(text))

    assert told in found


def test_limits_that_are_no_mapping_are_told():
    (found,) = problems(FULL.replace("mode: live,", "mode: live, limits: 5,"))

    assert "“limits” has to be names and values, not a number." in found

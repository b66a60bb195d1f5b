"""People are suppressed in jobs, seen before and after, and never taken from who suppressed them first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from connectors import connect
from connectors.models import Connection
from orchestrator.act import drift
from orchestrator.models import Attention, VendorState
from tests.orchestrator.act.conftest import Shop
from tests.orchestrator.act.drivers.silence import (
    ANA,
    BEN,
    CLEO,
    JOBS,
    codes,
    drive,
    row,
    silent,
    sweep,
    want,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick")]
State = VendorState.State


def test_hold_is_a_job_that_is_confirmed_and_its_release_too(shop: Shop) -> None:
    want(shop, True, ANA, BEN)
    drive(shop)
    held = silent(shop)
    want(shop, False, ANA)
    drive(shop)

    assert held == {ANA, BEN}
    assert silent(shop) == {BEN}
    assert codes() == ["hold_accepted", "hold_applied", "hold_accepted", "hold_removed"]
    assert not VendorState.objects.filter(due_at__isnull=False).exists()


def test_many_people_take_few_calls(new_shop: Callable[..., Shop]) -> None:
    people = [f"customer{number}@shop.test" for number in range(250)]
    shop = new_shop(people)

    want(shop, True, *people)
    drive(shop)
    to_hold, held = shop.calls(), silent(shop)
    want(shop, False, *people)
    drive(shop)
    to_release = shop.calls()[len(to_hold) :]

    assert held == set(people)
    assert silent(shop) == set()
    assert len(to_hold) == 1 + 3 + 3 * 3  # whose account it is, who is silent, and three jobs, asked and seen
    assert len(to_release) == 3 + 3 * 3


def test_hold_and_release_before_sending_cost_no_call(shop: Shop) -> None:
    want(shop, True, ANA, BEN)
    want(shop, False, ANA, BEN)

    drive(shop)

    assert shop.calls() == []


@pytest.mark.parametrize("reason", ["USER_SUPPRESSED", "UNSUBSCRIBE", "HARD_BOUNCE"])
def test_whoever_was_suppressed_before_us_stays_as_they_were(shop: Shop, reason: str) -> None:
    before = shop.do("klaviyo", "profile_suppress", email=ANA, reason=reason)["suppression"]

    for wanted in (True, False):
        want(shop, wanted, ANA)
        drive(shop)

    (profile,) = [each for each in shop.state("klaviyo")["profiles"] if each["email"] == ANA]
    assert profile["suppression"] == before
    assert not any(JOBS in call for call in shop.calls())
    assert codes() == ["hold_prior_kept", "hold_prior_kept"]


def test_suppressed_by_hand_over_ours_is_kept_and_shown(shop: Shop) -> None:
    want(shop, True, ANA, BEN)
    drive(shop)
    shop.do("klaviyo", "profile_suppress", email=ANA)

    want(shop, False, ANA, BEN)
    drive(shop)

    assert silent(shop) == {ANA}
    assert codes()[-1] == "hold_kept"
    assert Attention.objects.open().get(code="hold_kept").reference == f"hold:{row().pk}"


def test_who_unsubscribed_meanwhile_is_left_alone(shop: Shop) -> None:
    want(shop, True, ANA)
    drive(shop)
    shop.do("klaviyo", "profile_unsubscribe", email=ANA)

    want(shop, False, ANA)
    drive(shop)

    assert silent(shop) == {ANA}
    assert codes()[-1] == "hold_kept"


def test_person_without_a_profile_is_not_made_one(shop: Shop) -> None:
    want(shop, True, "nobody@shop.test")
    drive(shop)
    before = row("nobody@shop.test").state
    shop.do("klaviyo", "profile_create", email="nobody@shop.test")
    drive(shop, seconds=700)

    assert before == State.NOT_POSSIBLE
    assert not any(JOBS in call for call in shop.calls()[: shop.calls().index("GET /api/profiles") + 1])
    assert silent(shop) == {"nobody@shop.test"}


def test_sweep_finds_who_was_let_go_and_leaves_them(shop: Shop) -> None:
    shop.do("klaviyo", "profile_suppress", email=BEN)
    want(shop, True, ANA, BEN, CLEO)
    drive(shop)
    for email in (ANA, BEN):
        shop.do("klaviyo", "profile_unsuppress", email=email)

    sweep(shop)
    drive(shop, seconds=60)

    assert silent(shop) == {CLEO}
    assert {row(email).state for email in (ANA, BEN)} == {State.LOST}
    assert codes(ANA)[-1] == "hold_lost"
    assert row(CLEO).state == State.APPLIED


def test_sweep_looks_again_for_a_profile_that_was_deleted(shop: Shop) -> None:
    want(shop, True, ANA)
    drive(shop)
    shop.do("klaviyo", "profile_delete", email=ANA)

    sweep(shop)
    drive(shop)
    gone = row().state
    shop.do("klaviyo", "profile_create", email=ANA)
    drive(shop, seconds=700)

    assert gone == State.NOT_POSSIBLE
    assert silent(shop) == {ANA}


def test_whom_somebody_suppresses_again_after_we_lost_them_is_theirs(shop: Shop) -> None:
    want(shop, True, ANA)
    drive(shop)
    shop.do("klaviyo", "profile_unsuppress", email=ANA)
    sweep(shop)
    was_lost = row().state == State.LOST

    shop.do("klaviyo", "profile_suppress", email=ANA)
    sweep(shop)
    found, told = row(), codes()[-1]
    want(shop, False, ANA)
    drive(shop)

    assert was_lost
    assert (found.state, found.seen, found.prior, told) == (State.APPLIED, True, True, "hold_found")
    assert not Attention.objects.open().filter(code="hold_lost").exists()
    assert silent(shop) == {ANA}


def test_release_that_is_wanted_while_states_are_read_is_not_lost(shop: Shop) -> None:
    want(shop, True, ANA)
    drive(shop)
    shop.do("klaviyo", "profile_unsuppress", email=ANA)
    connection = Connection.objects.select_related("store").get(pk=shop.klaviyo.pk)
    vendor = connect.open(connection)

    class Meanwhile(type(vendor)):  # type: ignore[misc]
        def email_states(self, emails: Any) -> Any:
            states = super().email_states(emails)
            want(shop, False, ANA)
            return states

    drift.compare(connection, Meanwhile(vendor.client, {}), timezone.now())
    drive(shop)

    assert row().state == State.APPLIED
    assert not Attention.objects.filter(code="hold_lost").exists()

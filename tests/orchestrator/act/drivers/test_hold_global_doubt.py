"""A suppression whose answer is lost, or whose job takes its time, ends where it should."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.types import EmailState, Job
from connectors.vendors.klaviyo import Klaviyo
from orchestrator.models import Attention, VendorState
from tests.orchestrator.act.conftest import Shop
from tests.orchestrator.act.drivers.silence import (
    ANA,
    BEN,
    JOBS,
    codes,
    die,
    drive,
    row,
    silent,
    want,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick")]
State = VendorState.State


def test_job_that_is_not_through_is_asked_about_again(shop: Shop) -> None:
    shop.control("POST", "limits", {"job_seconds": 3600})
    want(shop, True, ANA)
    drive(shop)
    waiting = row().state

    shop.control("POST", "clock", {"now": (timezone.now() + timedelta(hours=2)).isoformat()})
    drive(shop, seconds=5)
    shop.control("POST", "clock", {"now": None})

    assert waiting == State.PENDING
    assert (row().state, row().receipt) == (State.APPLIED, "")


def test_release_while_the_job_runs_is_carried_out_after_it(shop: Shop) -> None:
    shop.control("POST", "limits", {"job_seconds": 3600})
    want(shop, True, ANA)
    drive(shop)
    want(shop, False, ANA)

    shop.control("POST", "clock", {"now": (timezone.now() + timedelta(hours=2)).isoformat()})
    shop.control("POST", "limits", {"job_seconds": 0})
    drive(shop, seconds=5)
    drive(shop, seconds=10)
    shop.control("POST", "clock", {"now": None})

    assert silent(shop) == set()
    assert (row().state, row().seen, row().due_at) == (State.APPLIED, False, None)


@pytest.mark.parametrize(("kind", "when"), [("reset", "before"), ("reset", "after"), ("html", "after")])
@pytest.mark.parametrize("wanted", [True, False])
def test_call_in_doubt_settles_then_its_job_is_looked_for(
    shop: Shop, settings: Any, wanted: bool, kind: str, when: str
) -> None:
    settings.SETTLE_SECONDS = 30
    want(shop, True, ANA, BEN)
    if not wanted:
        drive(shop)
        want(shop, False, ANA, BEN)
    shop.fault("klaviyo", JOBS, kind=kind, when=when, method="POST")

    drive(shop)
    drive(shop, seconds=20)
    too_early = VendorState.objects.filter(is_in_doubt=True).count()
    drive(shop, seconds=40)
    jobs = [call for call in shop.calls() if call.startswith("POST") and JOBS in call]

    assert too_early == 2
    assert silent(shop) == ({ANA, BEN} if wanted else set())
    assert not VendorState.objects.exclude(state=State.APPLIED, is_in_doubt=False).exists()
    assert len(jobs) == (1 if wanted else 2) + (when == "before")


def test_of_two_calls_in_doubt_each_finds_the_job_that_shows_in_its_people(shop: Shop, settings: Any) -> None:
    settings.SETTLE_SECONDS = 30
    for email, when in ((ANA, "before"), (BEN, "after")):  # of two calls for one person each, one arrived
        shop.fault("klaviyo", JOBS, kind="reset", when=when, method="POST", times=1)
        want(shop, True, email)
        drive(shop)

    drive(shop, seconds=40)
    drive(shop, seconds=80)
    held = silent(shop)
    want(shop, False, ANA, BEN)
    drive(shop, seconds=120)

    assert held == {ANA, BEN}
    assert silent(shop) == set()
    assert "hold_lost" not in codes()


def test_who_went_in_one_call_is_looked_for_together_however_often_each_was_tried(
    shop: Shop, settings: Any
) -> None:
    settings.SETTLE_SECONDS = 30
    want(shop, True, ANA, BEN)
    VendorState.objects.filter(subject=ANA).update(attempts=8)
    shop.fault("klaviyo", JOBS, kind="reset", when="after", method="POST", times=1)

    drive(shop)
    drive(shop, seconds=60)
    want(shop, False, ANA, BEN)
    drive(shop, seconds=90)

    assert silent(shop) == set()


def test_worker_that_dies_over_a_job_it_has_found_leaves_it_to_the_next(shop: Shop, settings: Any) -> None:
    settings.SETTLE_SECONDS = 0
    shop.fault("klaviyo", JOBS, kind="reset", when="after", method="POST", times=1)
    want(shop, True, ANA)
    drive(shop)

    class Dying(Klaviyo):
        """The worker is killed between two calls: the job is through, and its people are read next."""

        is_dying = False

        def suppression_job(self, receipt: str) -> Job:
            self.is_dying = True
            return super().suppression_job(receipt)

        def email_states(self, emails: Sequence[str]) -> dict[str, EmailState]:
            if self.is_dying:
                raise SystemExit
            return super().email_states(emails)

    die(shop, Dying, seconds=5)
    drive(shop, seconds=10)
    drive(shop, seconds=20)
    want(shop, False, ANA)
    drive(shop, seconds=30)

    assert silent(shop) == set()


def test_worker_that_dies_over_a_hold_of_somebody_just_lifted_leaves_it_to_the_next(
    shop: Shop, settings: Any
) -> None:
    """What was learnt of the lifting is known to whoever looks for the hold."""
    settings.SETTLE_SECONDS = 0
    want(shop, True, ANA)
    drive(shop)
    shop.fault("klaviyo", JOBS, kind="reset", when="after", method="POST", times=1)
    want(shop, False, ANA)
    drive(shop)
    want(shop, True, ANA, BEN)

    class Dying(Klaviyo):
        """The worker is killed while it waits for the answer."""

        def suppress(self, emails: Sequence[str]) -> Job:
            super().suppress(emails)
            raise SystemExit

    die(shop, Dying, seconds=5)
    drive(shop, seconds=10)
    drive(shop, seconds=20)
    held = silent(shop)
    want(shop, False, ANA, BEN)
    drive(shop, seconds=30)

    assert held == {ANA, BEN}
    assert silent(shop) == set()


def test_what_landed_in_doubt_is_ours_to_lift(shop: Shop, settings: Any) -> None:
    settings.SETTLE_SECONDS = 0
    shop.fault("klaviyo", JOBS, kind="reset", when="after", method="POST")
    want(shop, True, ANA)
    drive(shop)
    drive(shop, seconds=5)

    want(shop, False, ANA)
    drive(shop, seconds=10)

    assert silent(shop) == set()


def test_what_somebody_did_while_we_were_in_doubt_is_theirs(shop: Shop, settings: Any) -> None:
    settings.SETTLE_SECONDS = 0
    shop.fault("klaviyo", JOBS, kind="reset", when="before", method="POST")
    want(shop, True, ANA)
    drive(shop)
    shop.do("klaviyo", "profile_suppress", email=ANA)
    drive(shop, seconds=5)

    want(shop, False, ANA)
    drive(shop, seconds=10)

    assert silent(shop) == {ANA}


@pytest.mark.parametrize("when", ["before", "after"])
def test_somebody_who_is_faster_than_the_job_is_not_lifted(shop: Shop, when: str) -> None:
    """The job passes them over, and that is all that tells."""
    shop.control("POST", "limits", {"job_seconds": 3600})
    want(shop, True, ANA, BEN)
    drive(shop)
    shop.do("klaviyo", "profile_suppress", email=ANA)
    if when == "after":
        want(shop, False, ANA, BEN)

    shop.control("POST", "clock", {"now": (timezone.now() + timedelta(hours=2)).isoformat()})
    shop.control("POST", "limits", {"job_seconds": 0})
    drive(shop, seconds=5)
    want(shop, False, ANA, BEN)
    drive(shop, seconds=10)
    shop.control("POST", "clock", {"now": None})

    assert ANA in silent(shop)
    assert Attention.objects.open().filter(code="hold_kept", reference=f"hold:{row().pk}").exists()


def test_what_a_job_just_did_may_not_be_seen_yet(shop: Shop, settings: Any) -> None:
    settings.SETTLE_SECONDS = 30
    want(shop, True, ANA)
    shop.fault("klaviyo", f"{JOBS}-create-jobs/", kind="status", status=503, method="GET")
    drive(shop)
    shop.do("klaviyo", "profile_unsuppress", email=ANA)

    drive(shop, seconds=60)

    assert row().state == State.PENDING
    assert row().receipt


def test_lifted_while_the_job_ran_is_lost_and_not_begun_again(shop: Shop, settings: Any) -> None:
    settings.SETTLE_SECONDS = 0
    want(shop, True, ANA)
    shop.fault("klaviyo", f"{JOBS}-create-jobs/", kind="status", status=503, method="GET")
    drive(shop)
    shop.do("klaviyo", "profile_subscribe", email=ANA)

    drive(shop, seconds=60)

    assert silent(shop) == set()
    assert row().state == State.LOST
    assert Attention.objects.open().get(code="hold_lost").sentence


def test_wish_of_a_dead_worker_that_asked_for_nothing_is_simply_done(shop: Shop, settings: Any) -> None:
    settings.SETTLE_SECONDS = 30
    want(shop, True, ANA)
    VendorState.objects.update(claim_token="dead", claimed_until=timezone.now() - timedelta(seconds=1))

    drive(shop)
    at_once = shop.calls()
    drive(shop, seconds=40)

    assert at_once == []
    assert silent(shop) == {ANA}
    assert "hold_lost" not in codes()


def test_throttled_vendor_is_left_alone_as_long_as_it_asks(shop: Shop) -> None:
    want(shop, True, ANA)
    shop.fault("klaviyo", JOBS, kind="status", status=429, seconds=50)
    before = timezone.now()

    drive(shop)

    due_at = row().due_at
    assert due_at is not None
    assert due_at >= before + timedelta(seconds=50)
    assert (row().is_in_doubt, row().asked_at) == (False, None)

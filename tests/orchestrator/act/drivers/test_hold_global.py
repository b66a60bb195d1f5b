"""People are suppressed in jobs, seen before and after, and never taken from who suppressed them first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.models import Connection
from orchestrator.act import reconcile
from orchestrator.models import Attention, RunLogEntry, VendorState
from tests.orchestrator.act.conftest import Shop

pytestmark = pytest.mark.django_db
State = VendorState.State
ANA, BEN, CLEO = "ana@shop.test", "ben@shop.test", "cleo@shop.test"
JOBS = "suppression-bulk"


@pytest.fixture(autouse=True)
def quick(shop: Shop) -> Iterator[None]:
    """Jobs are through at once, unless a test says otherwise."""
    shop.control("POST", "limits", {"job_seconds": 0, "on": False})
    yield
    shop.control("POST", "limits", {"job_seconds": 2, "on": True})


def want(shop: Shop, wanted: bool, *emails: str) -> None:
    shop.want(wanted, *emails, key="hold_global")


def drive(shop: Shop, seconds: float = 0) -> None:
    connection = Connection.objects.select_related("store").get(pk=shop.klaviyo.pk)
    reconcile.drive(connection, timezone.now() + timedelta(seconds=seconds))


def silent(shop: Shop) -> set[str]:
    return {each["email"] for each in shop.state("klaviyo")["profiles"] if each["suppression"]}


def row(email: str = ANA) -> VendorState:
    return VendorState.objects.get(subject=email)


def codes(email: str = ANA) -> list[str]:
    entries = RunLogEntry.objects.filter(subject=email, code__startswith="hold").order_by("pk")
    return list(entries.values_list("code", flat=True))


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


def test_lifted_while_the_job_ran_is_lost_and_not_begun_again(shop: Shop) -> None:
    want(shop, True, ANA)
    shop.fault("klaviyo", f"{JOBS}-create-jobs/", kind="status", status=503, method="GET")
    drive(shop)
    shop.do("klaviyo", "profile_subscribe", email=ANA)

    drive(shop, seconds=60)

    assert silent(shop) == set()
    assert row().state == State.LOST
    assert Attention.objects.open().get(code="hold_lost").sentence


def test_person_without_a_profile_is_not_made_one(shop: Shop) -> None:
    want(shop, True, "nobody@shop.test")
    drive(shop)
    before = row("nobody@shop.test").state
    shop.do("klaviyo", "profile_create", email="nobody@shop.test")
    drive(shop, seconds=700)

    assert before == State.NOT_POSSIBLE
    assert not any(JOBS in call for call in shop.calls()[: shop.calls().index("GET /api/profiles") + 1])
    assert silent(shop) == {"nobody@shop.test"}


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

"""Wishes become list changes in few calls; a failure, a doubt or a change of mind loses nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from connectors.models import Connection
from orchestrator.act import reconcile
from orchestrator.models import Attention, RunLogEntry, VendorState
from tests.orchestrator.act.conftest import Shop
from tests.processes import until

pytestmark = pytest.mark.django_db
State = VendorState.State
ANA, BEN, CLEO = "ana@shop.test", "ben@shop.test", "cleo@shop.test"


def drive(shop: Shop, seconds: float = 0) -> None:
    """Bring Klaviyo in line, as if so many seconds had passed."""
    connection = Connection.objects.select_related("store").get(pk=shop.klaviyo.pk)
    reconcile.drive(connection, timezone.now() + timedelta(seconds=seconds))


def test_calls_for_many_people_are_few(new_shop: Callable[..., Shop]) -> None:
    people = [f"customer{number}@shop.test" for number in range(250)]
    shop = new_shop(people)

    shop.want(True, *people)
    drive(shop)
    to_hold, held = len(shop.calls()), shop.on_hold_list()
    shop.want(False, *people)
    drive(shop)

    assert held == set(people)
    assert shop.on_hold_list() == set()
    assert to_hold <= ceil(250 / 100) + ceil(250 / 1000) + 2 + 1  # the first time, the list is made as well
    assert len(shop.calls()) - to_hold == ceil(250 / 1000)


def test_hold_and_release_before_sending_cost_no_call(shop: Shop) -> None:
    shop.want(True, ANA, BEN)
    shop.want(False, ANA, BEN)

    drive(shop)

    assert shop.calls() == []
    assert not VendorState.objects.filter(due_at__isnull=False).exists()


def test_second_hold_of_somebody_needs_no_look_up(shop: Shop) -> None:
    for wanted in (True, False):
        shop.want(wanted, ANA)
        drive(shop)
    before = len(shop.calls())

    shop.want(True, ANA)
    drive(shop)

    assert "GET /api/profiles" not in shop.calls()[before:]
    assert shop.on_hold_list() == {ANA}


@pytest.mark.parametrize("verb", ["profile_merge", "profile_delete"])
def test_profile_that_is_gone_does_not_keep_the_others_on_the_list(shop: Shop, verb: str) -> None:
    shop.want(True, ANA, BEN, CLEO)
    drive(shop)
    shop.do("klaviyo", verb, email=ANA, **({"into": CLEO} if verb == "profile_merge" else {}))

    shop.want(False, ANA, BEN, CLEO)
    drive(shop)
    drive(shop, seconds=10)

    assert shop.on_hold_list() == set()
    assert not VendorState.objects.exclude(state=State.APPLIED).exists()


def test_profile_that_is_gone_does_not_keep_the_others_off_the_list(shop: Shop) -> None:
    for wanted in (True, False):
        shop.want(wanted, ANA, BEN, CLEO)
        drive(shop)
    shop.do("klaviyo", "profile_delete", email=ANA)

    shop.want(True, ANA, BEN, CLEO)
    drive(shop)
    drive(shop, seconds=10)

    assert shop.on_hold_list() == {BEN, CLEO}
    assert VendorState.objects.get(subject=ANA).state == State.NOT_POSSIBLE
    assert not Attention.objects.open().filter(code="hold_list_missing").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", [True, False])
def test_change_of_mind_while_the_call_is_in_flight(shop: Shop, first: bool) -> None:
    if not first:
        shop.want(True, ANA)
        drive(shop)
    method = "POST" if first else "DELETE"
    shop.fault("klaviyo", "/relationships/profiles", kind="hang", seconds=1, method=method)
    shop.want(first, ANA)

    def work() -> None:
        drive(shop)
        connections.close_all()

    worker = Thread(target=work)
    worker.start()
    until(lambda: any(call.startswith(method) and "/relationships/" in call for call in shop.calls()), 10)
    shop.want(not first, ANA)
    worker.join()
    drive(shop)

    assert shop.on_hold_list() == (set() if first else {ANA})
    row = VendorState.objects.get()
    assert (row.wanted, row.seen, row.due_at) == (not first, not first, None)


@pytest.mark.parametrize(("kind", "when"), [("reset", "before"), ("reset", "after"), ("html", "after")])
@pytest.mark.parametrize("wanted", [True, False])
def test_change_in_doubt_settles_then_is_looked_at_and_written_again(
    shop: Shop, settings: Any, wanted: bool, kind: str, when: str
) -> None:
    settings.SETTLE_SECONDS = 30
    shop.want(True, ANA, BEN)
    if not wanted:
        drive(shop)
        shop.want(False, ANA, BEN)
    method = "POST" if wanted else "DELETE"
    shop.fault("klaviyo", "/relationships/profiles", kind=kind, when=when, method=method)

    drive(shop)
    drive(shop, seconds=20)
    too_early = VendorState.objects.filter(is_in_doubt=True).count()
    drive(shop, seconds=40)

    assert too_early == 2
    assert shop.on_hold_list() == ({ANA, BEN} if wanted else set())
    assert not VendorState.objects.exclude(state=State.APPLIED, is_in_doubt=False).exists()
    assert RunLogEntry.objects.filter(code="hold_in_doubt").count() == 2


def test_wish_of_a_dead_worker_is_in_doubt_first(shop: Shop, settings: Any) -> None:
    settings.SETTLE_SECONDS = 30
    shop.want(True, ANA)
    VendorState.objects.update(claim_token="dead", claimed_until=timezone.now() - timedelta(seconds=1))

    drive(shop)
    at_once = shop.calls()
    drive(shop, seconds=40)

    assert at_once == []
    assert shop.on_hold_list() == {ANA}


def test_throttled_vendor_is_left_alone_as_long_as_it_asks(shop: Shop) -> None:
    shop.want(True, ANA)
    shop.fault("klaviyo", "/api/profiles", kind="status", status=429, seconds=50)
    before = timezone.now()

    drive(shop)

    row = VendorState.objects.get()
    assert row.due_at is not None
    assert row.due_at >= before + timedelta(seconds=50)
    assert not row.is_in_doubt

"""Wishes that change, workers that die and people who were on the list before us."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors import connect
from connectors.models import Connection
from orchestrator.act import drift, reconcile, vendor_wishes
from orchestrator.models import Attention, VendorState
from tests.orchestrator.act.conftest import Shop

pytestmark = pytest.mark.django_db
State = VendorState.State
ANA, BEN = "ana@shop.test", "ben@shop.test"


def account(shop: Shop) -> Connection:
    return Connection.objects.select_related("store").get(pk=shop.klaviyo.pk)


def drive(shop: Shop, seconds: float = 0) -> None:
    reconcile.drive(account(shop), timezone.now() + timedelta(seconds=seconds))


def somebody_else_lists(shop: Shop, *emails: str) -> None:
    vendor: Any = connect.open(account(shop))
    vendor.add_to_list(account(shop).resources["hold_list"], list(vendor.profile_ids(emails).values()))


def die_before_sending(shop: Shop) -> None:
    """A worker takes what is due and is never heard of again."""
    assert reconcile._claim(account(shop), "hold_list", timezone.now())
    VendorState.objects.exclude(claim_token="").update(claimed_until=timezone.now() - timedelta(seconds=1))


def test_change_of_mind_decided_before_a_claim_and_saved_after_it_is_due(shop: Shop) -> None:
    shop.want(True, ANA)
    state = VendorState.objects.get()
    vendor_wishes.wish(state, False, "t", timezone.now())
    die_before_sending(shop)

    vendor_wishes.save_wishes([state], timezone.now())

    assert reconcile.connections_due(timezone.now()) == [shop.klaviyo.pk]


def test_change_of_mind_read_before_a_call_was_in_doubt_waits_until_that_has_settled(shop: Shop) -> None:
    shop.want(True, ANA)
    drive(shop)
    shop.want(False, ANA)
    before = VendorState.objects.get()
    shop.fault("klaviyo", "relationships/profiles", kind="reset", when="after", method="DELETE", times=1)
    drive(shop)
    settles_at = VendorState.objects.get(is_in_doubt=True).due_at

    vendor_wishes.wish(before, True, "t", timezone.now())
    vendor_wishes.save_wishes([before], timezone.now())

    assert VendorState.objects.get().due_at == settles_at
    drive(shop, seconds=60)
    assert shop.on_hold_list() == {ANA}


def test_who_was_listed_before_a_worker_died_stays_listed(shop: Shop) -> None:
    shop.want(True, ANA)
    drive(shop)
    somebody_else_lists(shop, BEN)
    shop.want(True, BEN)
    die_before_sending(shop)
    shop.want(False, ANA, BEN)

    for seconds in (0, 60, 120):
        drive(shop, seconds)

    assert shop.on_hold_list() == {BEN}
    assert not VendorState.objects.filter(due_at__isnull=False).exists()


def test_who_was_there_is_looked_at_anew_after_a_hold_that_was_never_sent(shop: Shop) -> None:
    shop.want(True, BEN)
    drive(shop)
    shop.fault("klaviyo", "relationships/profiles", kind="status", status=503, method="POST", times=1)
    shop.want(True, ANA)
    VendorState.objects.filter(subject=ANA).update(prior=False, vendor_id="stale")
    shop.want(False, ANA)

    assert VendorState.objects.get(subject=ANA).prior is None


def test_person_who_has_no_profile_for_a_year_is_still_looked_for(shop: Shop) -> None:
    shop.want(True, "nobody@shop.test")
    drive(shop)
    VendorState.objects.update(attempts=32_767)

    drive(shop, seconds=3_600)

    assert VendorState.objects.get().attempts < 32_767


def test_what_cannot_be_found_at_the_vendor_does_not_claim_that_the_list_was_deleted(shop: Shop) -> None:
    shop.want(True, ANA)
    drive(shop)
    shop.want(True, BEN)
    shop.fault("klaviyo", "/api/profiles", kind="status", status=404, method="GET", times=1)

    drive(shop)

    state = VendorState.objects.get(subject=BEN)
    assert "deleted" not in state.because
    assert state.claim_token == ""


def test_trouble_while_looking_for_the_list_leaves_no_claim(shop: Shop) -> None:
    shop.want(True, ANA)
    drive(shop)
    shop.want(True, BEN)
    shop.fault("klaviyo", "/api/profiles", kind="status", status=404, method="GET", times=1)
    shop.fault("klaviyo", "/api/lists/", kind="status", status=503, method="GET", times=1)

    drive(shop)

    assert not VendorState.objects.exclude(claim_token="").exists()


def test_hold_that_lands_while_members_are_read_is_not_called_missing(shop: Shop) -> None:
    shop.want(True, ANA)
    drive(shop)
    vendor = connect.open(account(shop))

    class Meanwhile(type(vendor)):  # type: ignore[misc]
        """While the members are read somebody else is held."""

        def list_members(self, list_id: str) -> Any:
            there = list(super().list_members(list_id))
            shop.want(True, BEN)
            drive(shop)
            return there

    drift.compare(account(shop), Meanwhile(vendor.client, {}), timezone.now())

    row = VendorState.objects.get(subject=BEN)
    assert (row.state, row.restored) == (State.APPLIED, 0)


def test_release_that_is_wanted_while_members_are_read_is_not_lost(shop: Shop) -> None:
    shop.want(True, ANA, BEN)
    drive(shop)
    vendor: Any = connect.open(account(shop))
    vendor.remove_from_list(account(shop).resources["hold_list"], list(vendor.profile_ids([ANA]).values()))
    VendorState.objects.filter(subject=ANA).update(restored=1)

    class Meanwhile(type(vendor)):  # type: ignore[misc]
        def list_members(self, list_id: str) -> Any:
            there = list(super().list_members(list_id))
            shop.want(False, ANA)
            return there

    drift.compare(account(shop), Meanwhile(vendor.client, {}), timezone.now())
    drive(shop)

    assert VendorState.objects.get(subject=ANA).state == State.APPLIED
    assert not Attention.objects.filter(code="hold_lost").exists()


def test_while_one_worker_makes_the_list_no_other_begins(shop: Shop) -> None:
    shop.want(True, ANA)
    first = reconcile._claim(account(shop), "hold_list", timezone.now())
    shop.want(True, BEN)

    drive(shop)

    assert len(first) == 1
    assert shop.calls() == []

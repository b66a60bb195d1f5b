"""Where a hold shows, how strict it is there and what it does not reach, is told."""

from __future__ import annotations

import pytest

from connectors.models import Connection
from tests import scene
from tests.orchestrator.record.test_explain import hold, shown, summary
from tests.scene import at

pytestmark = pytest.mark.django_db


def test_the_strict_way_says_that_it_is_stricter_and_what_it_does_not_stop():
    store = scene.client()
    hold(store, method="hold_global")
    shown(store, key="hold_global", state="applied", seen=True)

    told = summary(store)

    assert "At Klaviyo (suppression list, ana@shop.test): applied. Stricter than the hold list" in told
    assert "SMS is not stopped." in told


def test_a_campaign_that_fixed_its_recipients_before_the_hold_is_named():
    store = scene.client()
    hold(store)
    shown(store, state="applied", seen=True, seen_at=at(10))
    names = {"Early": at(5), "Late": at(15)}
    frozen = [{"name": name, "frozen_at": moment.isoformat()} for name, moment in names.items()]
    Connection.objects.update(resources={"frozen": frozen})

    told = summary(store)

    assert "The campaign “Early” fixed its recipients before" in told
    assert "Late" not in told


def test_where_a_hold_was_before_its_method_changed_is_told_while_it_is_lifted():
    store = scene.client()
    hold(store, method="hold_global")
    shown(store, key="hold_global", state="pending")
    shown(store, wanted=False, state="pending")

    assert "(hold list, ana@shop.test): to be lifted, pending" in summary(store)

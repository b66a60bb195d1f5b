"""Holds that are stuck stand out, and each cause says where it is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from orchestrator.models import Suppression, VendorState
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
LONG_AGO, JUST_NOW = NOW - timedelta(hours=3), NOW - timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def held(world: World, name: str, *, times: Any = None, **fields: Any) -> str:
    """Somebody with one cause, and what the vendor's side of it is."""
    subject = f"{name}@shop.test"
    examples.suppression(world.rule, subject, **(times or {}))
    if fields:
        examples.vendor_state(world.klaviyo, subject, **fields)
    return subject


def everybody(world: World) -> dict[str, str]:
    """One of each kind, with what the list says of them."""
    late = {"expires_at": LONG_AGO}
    pending: Any = {"state": "pending", "seen": None}
    lost: Any = {"state": "lost", "because": "taken off twice"}
    return {
        held(world, "fine", state="applied"): "Applied",
        held(world, "soon", **pending, changed_at=JUST_NOW): "Pending",
        held(world, "slow", **pending, changed_at=LONG_AGO): "Stuck: pending since 3 h ago",
        held(world, "lost", **lost): "Stuck: lost",
        held(world, "nobody", state="not_possible", because="no profile there"): "Stuck: not possible",
        held(world, "late", times=late, state="applied"): "Past its maximum age",
        held(world, "unasked"): "Nowhere yet",
        held(world, "over", times={"closed_at": JUST_NOW}, wanted=False, seen=False): "Applied",
    }


STUCK = {"slow@shop.test", "lost@shop.test", "nobody@shop.test", "late@shop.test"}


def shown(answer: Any) -> dict[str, str]:
    """Each person of a list with what is said of them there."""
    admin = answer.context["cl"].model_admin
    return {row.subject: str(admin.there(row)) for row in answer.context["cl"].result_list}


def test_each_cause_says_where_it_is_applied(ours: World, maya: User, enter: Enter) -> None:
    told = everybody(ours)

    found = shown(enter(maya).get(pages.changelist(Suppression) + "?state=all"))

    assert {subject: said for subject, said in told.items() if f">{said}<" not in found[subject]} == {}
    assert "Klaviyo, hold list; taken off twice" in found["lost@shop.test"]
    assert "no marketing tool was asked" in found["unasked@shop.test"]


def test_the_stuck_stand_on_top_and_are_filtered(ours: World, maya: User, enter: Enter) -> None:
    everybody(ours)
    client = enter(maya)

    usual = client.get(pages.changelist(Suppression)).content.decode()
    stuck = shown(client.get(pages.changelist(Suppression) + "?state=stuck"))

    assert "4 holds are stuck" in usual
    assert set(stuck) == STUCK


def test_without_a_stuck_hold_nothing_is_said(ours: World, maya: User, enter: Enter) -> None:
    held(ours, "fine", state="applied")

    assert "stuck:" not in enter(maya).get(pages.changelist(Suppression)).content.decode()


def test_another_clients_stuck_holds_are_not_counted(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    held(theirs, "lost", state="lost")

    assert "stuck:" not in enter(maya).get(pages.changelist(Suppression)).content.decode()


def test_who_is_not_let_go_at_the_vendor_is_stuck_though_no_cause_is_open(
    ours: World, maya: User, enter: Enter
) -> None:
    state: Any = {"state": "pending", "wanted": False, "changed_at": LONG_AGO}
    subject = held(ours, "over", times={"closed_at": LONG_AGO}, **state)

    page = enter(maya).get(pages.changelist(VendorState) + "?state=stuck").content.decode()

    assert subject in page
    assert "Stuck: not released since 3 h ago" in page


def test_the_table_and_a_row_agree_on_what_is_stuck(ours: World) -> None:
    everybody(ours)

    rows = VendorState.objects.all()

    assert {row for row in rows if row.is_stuck(NOW)} == set(rows.stuck(NOW))
    assert set(Suppression.objects.stuck(NOW).values_list("subject", flat=True)) == STUCK


def test_a_causes_own_page_says_it_too(ours: World, maya: User, enter: Enter) -> None:
    subject = held(ours, "lost", state="lost", because="taken off twice", restored=1)

    page = enter(maya).get(pages.change(Suppression.objects.get(subject=subject))).content.decode()

    assert "Stuck: lost" in page
    assert "taken off twice; put back once" in page

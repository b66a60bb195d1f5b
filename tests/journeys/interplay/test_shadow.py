"""In shadow a rule goes its way as it would live, minds what it did before, and writes nothing anywhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis.stateful import run_state_machine_as_test

from connectors import shadow
from connectors.sandbox.server import Sandbox, running
from orchestrator.decide.replay.waiting import Waiting
from orchestrator.models import (
    Enrolment,
    InboxEvent,
    IssuedCode,
    OutboxAction,
    ReorderDraft,
    RunLogEntry,
    Suppression,
    VendorState,
)
from rules import publish
from rules.models import Rule
from tests.journeys.interplay import test_parity
from tests.journeys.interplay.happenings import ANA, BOOTS, HOME, SEED, VARIANT
from tests.journeys.interplay.house import House
from tests.journeys.interplay.test_parity import Parity, code_of, decisions, replayed

pytestmark = pytest.mark.django_db
LINES = [{"variant_id": VARIANT, "quantity": 5}]
READING = ("GET", "HEAD")
KEPT = (OutboxAction, Suppression, Enrolment, ReorderDraft, IssuedCode)


class ShadowHouse(House):
    mode = "shadow"


class Shadow(Parity):
    """Every recipe is in shadow; what each would do is compared, row by row, with the same stream live."""

    lives_in = ShadowHouse

    def waits(self) -> list[Waiting]:
        with shadow.cast():
            in_shadow = Waiting(self.house.store)
        return [*super().waits(), in_shadow]

    def teardown(self) -> None:
        try:
            self.time_goes(60 * 24 * 4)
            assert replayed(self) == decisions()
            assert writes(self.house) == []
        finally:
            self.is_undone()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Its own, because its clock is moved and its webhooks are kept."""
    with running() as server:
        yield server


@pytest.fixture
def house(sandbox: Sandbox, settings: Any) -> House:
    settings.ALLOW_LOOPBACK_VENDORS, settings.SETTLE_SECONDS = True, 0.0
    return ShadowHouse(sandbox, SEED)


def writes(house: House) -> list[str]:
    """Calls of the story that were to change something at a vendor."""
    calls = [each for each in house.control.journal.read(None, house.slug) if each["method"] not in READING]
    changing = (each for each in calls if each["vendor"] != "shopify" or "mutation" in str(each["body"]))
    return [f"{each['vendor']} {each['method']} {each['path']}" for each in changing]


def story(house: House) -> None:
    house.do("gorgias", "ticket_open", customer={"email": ANA}, subject="Where is it?", channel="email")
    house.do("shopify", "checkout_abandon", email=HOME, line_items=LINES)
    house.do("shopify", "order_create", email=ANA, line_items=LINES, financial_status="paid")
    house.do("shopify", "stock_set", id=BOOTS, available=0)
    time_goes(house, 0, 2, 62)


def time_goes(house: House, *steps: float) -> None:
    for minutes in steps:
        house.later(minutes)
        while house.post.waiting:
            house.hands_over(house.post.waiting.pop())
        house.works(polls=True)


def test_shadow_decides_row_by_row_what_live_decides(sandbox: Sandbox, settings: Any) -> None:
    settings.ALLOW_LOOPBACK_VENDORS, settings.SETTLE_SECONDS = True, 0.0

    told: Any = partial(Shadow, sandbox)
    run_state_machine_as_test(told, settings=test_parity.stories)


def test_nothing_leaves_and_nothing_of_it_is_so(house: House) -> None:
    house.control.journal.clear()

    story(house)

    would = {(row.rule, code_of(row)) for row in RunLogEntry.objects.filter(outcome="would")}
    assert would >= {
        ("ticket_hold", "hold_opened"),
        ("cart_recovery", "sequence_ended"),
        ("stock_hold", "hold_opened"),
        ("vip", "action_done"),
        ("custom", "action_done"),
    }
    with shadow.cast():
        assert Suppression.objects.filter(subject_kind="campaign").count() == 1
    assert writes(house) == []
    assert not VendorState.objects.exists()
    for table in KEPT:
        assert not table.objects.exists()


def test_each_step_is_told_when_it_is_due_until_the_cart_is_bought(house: House) -> None:
    cart = house.do("shopify", "checkout_abandon", email=HOME, line_items=LINES)
    heard = []
    for minutes in (2, 61, 61):
        time_goes(house, minutes)
        heard.append(told_to(HOME))
    house.do("shopify", "checkout_complete", id=cart["id"])
    time_goes(house, 60 * 24, 60 * 24, 60 * 24)

    assert [len(each) for each in heard] == [0, 1, 1]
    assert told_to(HOME) == heard[-1]
    (end,) = [
        row for row in RunLogEntry.objects.filter(rule="cart_recovery") if code_of(row) == "sequence_ended"
    ]
    assert end.details["reason"] == "bought"
    assert writes(house) == []


def told_to(email: str) -> list[str]:
    """What a person would have heard of carts, as the run log tells it."""
    rows = RunLogEntry.objects.filter(rule="cart_recovery", subject=email).order_by("pk")
    return [row.details["would"] for row in rows if code_of(row) == "action_done"]


def test_the_rule_s_page_says_how_far_it_would_be(house: House, admin_client: Client) -> None:
    story(house)
    rule = Rule.objects.get(name="ticket_hold")

    page = admin_client.get(reverse("admin:rules_rule_change", args=[rule.pk])).content.decode()

    assert "By now it would hold 1, have 0 under way and have done 0." in page
    url = re.search(r'<a href="([^"]+)">What it would have done', page)
    assert url
    assert "ana@shop.test" in admin_client.get(html.unescape(url[1])).content.decode()


@pytest.mark.parametrize("mode", ["live", "draft", "paused"])
def test_who_leaves_shadow_begins_anew(house: House, mode: str) -> None:
    story(house)
    rule = Rule.objects.get(name="ticket_hold")
    assert Suppression._base_manager.filter(rule=rule, is_shadow=True).exists()

    publish.set_mode(rule, mode, now=house.now)
    house.works()

    assert not Suppression._base_manager.filter(rule=rule, is_shadow=True).exists()
    held = Suppression.objects.open().filter(rule=rule).values_list("subject", flat=True)
    assert list(held) == ([ANA] if mode == "live" else [])


def test_a_rule_at_work_goes_on_beside_those_in_shadow(house: House) -> None:
    rule = Rule.objects.get(name="ticket_hold")
    publish.set_mode(rule, "live", now=house.now)

    story(house)

    assert [row.subject for row in Suppression.objects.open().filter(rule=rule)] == [ANA]
    assert not OutboxAction.objects.exclude(rule=rule).exists()
    assert {row.outcome for row in RunLogEntry.objects.filter(rule="vip", code="decided_would")} == {"would"}
    assert InboxEvent.objects.exclude(state=InboxEvent.State.DONE).count() == 0

"""In shadow a rule reads as live does, says what live would decide on the same stream, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox, running
from orchestrator.decide.replay.player import Player
from orchestrator.decide.replay.scratch import Cast, Scratch
from orchestrator.models import Enrolment, InboxEvent, OutboxAction, RunLogEntry, Suppression, VendorState
from rules.models import RuleVersion
from tests.journeys.interplay.happenings import ANA, BOOTS, HOME, SEED, VARIANT
from tests.journeys.interplay.house import House

pytestmark = pytest.mark.django_db
LINES = [{"variant_id": VARIANT, "quantity": 5}]
READING = ("GET", "HEAD")
Said = tuple[str, str, str, str]  # reference, rule, effect, reason


class ShadowHouse(House):
    mode = "shadow"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Its own, because its clock is moved and its webhooks are kept."""
    with running() as server:
        yield server


@pytest.fixture
def house(sandbox: Sandbox, settings: Any) -> House:
    settings.ALLOW_LOOPBACK_VENDORS, settings.SETTLE_SECONDS = True, 0.0
    return ShadowHouse(sandbox, SEED)


def story(house: House) -> None:
    """Each thing once, so that nothing depends on what a rule did before."""
    house.do("gorgias", "ticket_open", customer={"email": ANA}, subject="Where is it?", channel="email")
    house.do("shopify", "checkout_abandon", email=HOME, line_items=LINES)
    house.do("shopify", "order_create", email=ANA, line_items=LINES, financial_status="paid")
    house.do("shopify", "stock_set", id=BOOTS, available=0)
    for minutes in (0, 2, 62):
        house.later(minutes)
        while house.post.waiting:
            house.hands_over(house.post.waiting.pop())
        house.works(polls=True)


def said(code: str) -> set[Said]:
    """By the changes themselves; the steps of a sequence come later."""
    rows = RunLogEntry.objects.filter(code=code)
    return {
        (row.reference, row.rule, row.details["effect"], row.details["because"])
        for row in rows
        if "step" not in row.details["seen"]
    }


def needless() -> set[tuple[str, str]]:
    """Where a rule was answered that it had wished the same before, or never anything else."""
    rows = RunLogEntry.objects.filter(code="decided_no")
    noes = ((row.reference, each) for row in rows for each in row.details["noes"])
    return {(reference, each["rule"]) for reference, each in noes if "effects" in each["seen"]}


def live_on_the_same_stream(house: House) -> tuple[set[Said], set[tuple[str, str]]]:
    scratch = Scratch()
    cast = Cast(house.store, RuleVersion.objects.select_related("rule").order_by("pk"), house.now)
    events = list(InboxEvent.objects.filter(store=house.store).order_by("pk"))
    with scratch.used():
        player = Player(cast.enter(), events[0].received_at)
        player.hear(events)
        player.end(house.now + timedelta(minutes=1))
        found = said("decided_yes"), needless()
    scratch.close()
    return found


def writes(house: House) -> list[str]:
    """Calls of the story that were to change something at a vendor."""
    calls = [each for each in house.control.journal.read(None, house.slug) if each["method"] not in READING]
    changing = (each for each in calls if each["vendor"] != "shopify" or "mutation" in str(each["body"]))
    return [f"{each['vendor']} {each['method']} {each['path']}" for each in changing]


def test_shadow_says_what_live_decides_and_nothing_leaves(house: House) -> None:
    house.control.journal.clear()

    story(house)

    would = said("decided_would")
    assert {rule for _, rule, _, _ in would} >= {
        "ticket_hold",
        "cart_recovery",
        "stock_hold",
        "vip",
        "custom",
    }
    yes, known = live_on_the_same_stream(house)
    assert yes <= would
    assert {
        (reference, rule) for reference, rule, _, _ in would - yes
    } <= known  # shadow wished nothing before
    assert writes(house) == []
    for table in (OutboxAction, Suppression, VendorState, Enrolment):
        assert not table._default_manager.exists()

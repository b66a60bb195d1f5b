"""All recipes live, one person, everything at once: nothing is doubled, forgotten, or said at a wrong time.

What happens, what of it is heard when, in which order and how often, and when the vendors fail is Hypothesis'
choice. The oracle is the fake vendors' own state. HYPOTHESIS_PROFILE=more or =thorough tries more stories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from connectors.sandbox.clock import instant
from connectors.sandbox.server import Sandbox, running
from orchestrator.models import Attention, OutboxAction, Suppression, VendorState
from tests.chaos.truth import members, notes, waits
from tests.journeys.interplay import truth
from tests.journeys.interplay.happenings import Happenings
from tests.journeys.interplay.house import ZONE
from tests.stories import tried

pytestmark = pytest.mark.django_db

stories = settings(
    max_examples=tried(2, 25, 400),
    stateful_step_count=tried(25, 40, 50),
    derandomize=bool(tried(True, False, False)),  # the short run tells the same stories each time
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MOST_PER_DAY = 2  # what every sequence's form begins with
OUR_OWN_FAULTS = ("system_failed", "event_set_aside", "delivery_quarantined", "pass_failed")


class Interplay(Happenings):
    """One story, undone at its end."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        super().__init__(sandbox)
        self.known: set[int] = set()  # tickets that were there when all was read
        self.sent: list[tuple[datetime, str]] = []  # when whom

    def teardown(self) -> None:
        try:
            self.settles()
            check_the_end(self)
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @rule(minutes=st.sampled_from([0, 2, 62, 60 * 24]), polls=st.booleans())
    def work_is_done(self, minutes: float, polls: bool) -> None:
        self.house.later(minutes)
        had_trouble = bool(self.house.control.faults.waiting())
        self.house.works(polls)
        for event in self.house.state("klaviyo")["events"][len(self.sent) :]:
            self.check_message(event, self.house.now)
            self.sent.append((self.house.now, event["email"]))
        if not had_trouble:
            self.known = set(self.openings.is_open)

    def check_message(self, event: dict[str, Any], now: datetime) -> None:
        local, email = now.astimezone(ZoneInfo(ZONE)), event["email"]
        gorgias, shopify = self.house.state("gorgias"), self.house.state("shopify")
        waiting = [each for each in gorgias["tickets"] if each["id"] in self.known and waits(each)]
        assert 8 <= local.hour < 21
        assert sum(to == email and at > now - timedelta(days=1) for at, to in self.sent) < MOST_PER_DAY
        assert email not in {each["customer"]["email"] for each in waiting}
        if "checkout_url" in event["properties"]:
            cart, heard = truth.cart_of(shopify, event), now - truth.HEARD
            assert not cart["completed_at"] or instant(cart["completed_at"]) > heard
            assert not truth.bought_since(shopify, cart, now)
            assert self.sold_out_since is None or self.sold_out_since > heard

    def settles(self) -> None:
        """The vendors are well again, everything arrives, and what waits for a time gets its time."""
        self.house.control.faults.clear()
        while self.house.post.waiting:
            delivery = self.house.post.waiting.pop()
            for _ in range(2):
                self.house.hands_over(delivery)
        for minutes in (2, 20, 20, 20):
            self.work_is_done(minutes, polls=True)


def check_the_end(story: Interplay) -> None:
    gorgias, shopify, klaviyo = map(story.house.state, ("gorgias", "shopify", "klaviyo"))
    rows = Suppression.objects.open().filter(store=story.house.store)
    causes = rows.exclude(subject_kind="campaign").values_list("cause", "reference")
    assert set(causes) == truth.causes(gorgias, shopify)
    people = set(rows.filter(subject_kind="customer").values_list("subject", flat=True))
    assert members(klaviyo, f"Orchestrator hold: {story.house.slug}") == people
    held = {each["name"] for each in klaviyo["campaigns"] if "ops:held-low-stock" in str(each["tags"])}
    assert held == ({"Sale"} if truth.sold_out(shopify) else set())
    assert set(notes(gorgias).values()) <= {1}
    assert set(truth.answers(gorgias).values()) <= {1}
    reminders = Counter(
        (each["metric_name"], link)
        for each in klaviyo["events"]
        if (link := each["properties"].get("checkout_url"))
    )
    assert all(times <= story.left[link] for (_, link), times in reminders.items())
    assert not VendorState.objects.filter(due_at__lte=story.house.now).exists()
    assert not OutboxAction.objects.filter(state__in=["failed", "unknown"]).exists()
    assert not Attention.objects.open().filter(code__in=OUR_OWN_FAULTS).exists()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Its own, because its clock is moved and its webhooks are kept."""
    with running() as server:
        yield server


def test_whatever_happens_together_every_promise_is_kept(sandbox: Sandbox, settings: Any) -> None:
    settings.ALLOW_LOOPBACK_VENDORS, settings.SETTLE_SECONDS = True, 0.0

    story: Any = partial(Interplay, sandbox)
    run_state_machine_as_test(story, settings=stories)

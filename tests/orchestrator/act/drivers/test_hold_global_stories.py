"""Whatever people do at Klaviyo, and however calls and jobs go: nobody is fought, and nobody is forgotten.

The oracle is the fake vendor's own state. HYPOTHESIS_PROFILE=more or =thorough tries more stories.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from connectors import budget, connect
from connectors.errors import VendorError
from connectors.models import Connection
from connectors.sandbox.server import Sandbox, running
from orchestrator.act import drift, reconcile
from orchestrator.act.drivers import hold_global
from orchestrator.act.holding import Batch
from orchestrator.models import Attention, VendorState
from tests.orchestrator.act.conftest import Shop
from tests.stories import tried

pytestmark = pytest.mark.django_db

stories = settings(
    max_examples=tried(12, 60, 300),
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
PEOPLE = [f"{name}@shop.test" for name in ("ana", "ben", "cleo", "dan")]
BEFORE = "dan@shop.test"  # was suppressed before us
JOBS = "suppression-bulk"

who = st.sampled_from(PEOPLE)
some = st.sets(who, min_size=1)
steps = st.one_of(
    st.tuples(st.just("want"), st.booleans(), some),
    st.tuples(st.just("want"), st.booleans(), some),
    st.tuples(st.just("suppress"), who, st.booleans()),
    st.tuples(st.just("let"), who, st.sampled_from(["profile_unsuppress", "profile_subscribe"])),
    st.tuples(st.just("unsubscribe"), who),
    st.tuples(st.just("jobs_take"), st.sampled_from([0, 0, 45])),
    st.tuples(st.just("break_call"), st.sampled_from(["before", "after"]), st.sampled_from(["POST", "GET"])),
    st.tuples(st.just("refuse_call"), st.sampled_from([429, 503])),
    st.tuples(st.just("wait"), st.sampled_from([0, 5, 40, 300])),
    st.tuples(st.just("wait"), st.sampled_from([0, 5, 40, 300])),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("die"), st.sampled_from(["before", "after"])),
)
Step = tuple[Any, ...]


class Killed(BaseException):
    """Nothing of ours gets to see it."""


class Story:
    """One account and what people do in it; ``theirs`` is what somebody else set, by its stamp."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.seconds = 0.0
        self.wanted: set[str] = set()
        self.theirs: dict[str, str] = {}
        self.touched: set[str] = set()  # by somebody, since the story began
        self.let_go: set[str] = set()  # while they were held, and that was known
        self.set_clock()  # the story before this one has moved it
        self.suppress(BEFORE, True)
        self.touched.clear()

    def tell(self, step: Step) -> None:
        name, *arguments = step
        getattr(self, name)(*arguments)
        self.check()

    def want(self, wanted: bool, people: set[str]) -> None:
        self.shop.want(wanted, *sorted(people), key="hold_global", now=self.now())
        self.wanted = self.wanted | people if wanted else self.wanted - people
        self.let_go -= people

    def suppress(self, email: str, renews: bool) -> None:
        """Somebody does so by hand; where a job of ours just lifts, nobody could save what they did."""
        if self.is_lifting():
            return
        before = self.stamp(email)
        self.shop.do("klaviyo", "profile_suppress", email=email, renews=renews)
        self.touched.add(email)
        if self.stamp(email) != before:
            self.theirs[email] = str(self.stamp(email))

    def let(self, email: str, verb: str) -> None:
        """Somebody lets them be written to."""
        row = VendorState.objects.filter(connection=self.shop.klaviyo, subject=email, wanted=True).first()
        is_known = row is not None and row.seen and not row.receipt and row.due_at is None
        if is_known and self.stamp(email):
            self.let_go.add(email)
        self.shop.do("klaviyo", verb, email=email)
        self.touched.add(email)
        self.theirs.pop(email, None)

    def unsubscribe(self, email: str) -> None:
        self.shop.do("klaviyo", "profile_unsubscribe", email=email)
        self.touched.add(email)

    def jobs_take(self, seconds: float) -> None:
        self.shop.control("POST", "limits", {"job_seconds": seconds})

    def break_call(self, when: str, method: str) -> None:
        self.shop.fault("klaviyo", JOBS, kind="reset", when=when, method=method, times=1)

    def refuse_call(self, status: int) -> None:
        self.shop.fault("klaviyo", JOBS, kind="status", status=status, times=1, seconds=1)

    def wait(self, seconds: float) -> None:
        """Time passes there and here, then a worker comes by."""
        self.seconds += seconds
        self.set_clock()
        with budget.pretending(self.now()):
            reconcile.drive(self.account(), self.now())

    def set_clock(self) -> None:
        self.shop.control("POST", "clock", {"now": self.now().isoformat()})

    def die(self, when: str) -> None:
        """A worker is killed as it asks for a job, just before that or just after."""
        account = self.account()
        rows = reconcile._claim(account, "hold_global", self.now())
        if not rows:
            return
        vendor: Any = connect.open(account)
        token = rows[0].claim_token

        class Dying(type(vendor)):  # type: ignore[misc]
            def _begin(self, kind: str, emails: Any) -> Any:
                if when == "after":
                    super()._begin(kind, emails)
                raise Killed

        with suppress(Killed, VendorError):
            hold_global.drive(Dying(vendor.client, {}), Batch(account, rows, self.now()))
        left = VendorState.objects.filter(claim_token=token)
        left.update(claimed_until=timezone.now() - timedelta(seconds=1))

    def sweep(self) -> None:
        account = self.account()
        vendor: Any = connect.open(account)
        with budget.pretending(self.now()), suppress(VendorError):
            drift.compare(account, vendor, self.now())

    def end(self) -> None:
        requests.delete(f"{self.shop.url}/_control/faults", timeout=5)
        self.jobs_take(0)
        for seconds in (60, 1000, 1000, 1000):
            self.wait(seconds)
        self.sweep()
        self.wait(1000)

    def check(self) -> None:
        """What others set is there until others take it away; whom they let go we leave alone."""
        for email in PEOPLE:
            if email in self.theirs:
                assert self.stamp(email) == self.theirs[email]
            elif email in self.let_go:
                assert self.stamp(email) is None

    def check_the_end(self) -> None:
        assert not VendorState.objects.filter(connection=self.shop.klaviyo, due_at__isnull=False).exists()
        lost = VendorState.objects.filter(connection=self.shop.klaviyo, state="lost")
        gone = set(lost.values_list("subject", flat=True))
        silent = {each["email"] for each in self.profiles() if each["suppression"]}
        left = self.flagged()  # one that somebody suppressed while our job ran casts a doubt on its others
        clear = set(PEOPLE) - {BEFORE} - self.touched - left
        assert silent & clear == self.wanted & clear
        assert self.wanted - silent == self.wanted & gone
        assert gone <= self.touched
        assert not left or self.touched

    def flagged(self) -> set[str]:
        """Who was left suppressed because it could not be told whose it is."""
        marks = Attention.objects.filter(code="hold_kept", connection=self.shop.klaviyo)
        rows = VendorState.objects.in_bulk([int(each.reference.partition(":")[2]) for each in marks])
        return {row.subject for row in rows.values()}

    def stamp(self, email: str) -> str | None:
        (profile,) = [each for each in self.profiles() if each["email"] == email]
        stamps = [each["timestamp"] for each in profile["suppression"] if each["reason"] == "USER_SUPPRESSED"]
        return stamps[0] if stamps else None

    def is_lifting(self) -> bool:
        jobs = [each for each in self.shop.state("klaviyo")["jobs"] if "bulk-delete" in each["kind"]]
        return any(each["status"] != "complete" for each in jobs)

    def profiles(self) -> list[dict[str, Any]]:
        return list(self.shop.state("klaviyo")["profiles"])

    def account(self) -> Connection:
        return Connection.objects.select_related("store").get(pk=self.shop.klaviyo.pk)

    def now(self) -> datetime:
        return timezone.now() + timedelta(seconds=self.seconds)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Its own, because its clock is moved."""
    with running() as server:
        requests.post(f"{server.url}/_control/limits", json={"on": False, "job_seconds": 0}, timeout=5)
        yield server


@stories
@given(st.lists(steps, min_size=5, max_size=30))
@example([("want", True, {"ana@shop.test"}), ("wait", 0), ("break_call", "before", "POST"),
          ("want", True, {"ben@shop.test"}), ("wait", 0), ("wait", 40)])  # fmt: skip
@example([("want", True, {"dan@shop.test"}), ("wait", 5), ("let", "dan@shop.test", "profile_subscribe"),
          ("sweep",), ("suppress", "dan@shop.test", True)])  # fmt: skip
@example([("let", "dan@shop.test", "profile_unsuppress"), ("want", True, {"dan@shop.test"}), ("wait", 300),
          ("unsubscribe", "dan@shop.test"), ("want", False, {"dan@shop.test"})])  # fmt: skip
def test_nobody_is_fought_and_nobody_forgotten(sandbox: Sandbox, settings: Any, told: list[Step]) -> None:
    settings.ALLOW_LOOPBACK_VENDORS, settings.SETTLE_SECONDS = True, 20
    story = Story(Shop(sandbox.url, PEOPLE))

    for step in told:
        story.tell(step)
    story.end()

    story.check()
    story.check_the_end()

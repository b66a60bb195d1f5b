"""A backlog and the vendors' limits: processes share them, and a vendor that is down is left alone."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
import requests
import time_machine
from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from connectors.limits.breaker import FAILURES
from connectors.models import Connection, VendorAccount
from orchestrator.act import reconcile
from orchestrator.decide import due
from orchestrator.models import Attention, OutboxAction, RunLogEntry, VendorState
from rules.actions.set_priority import SetPriority
from tests import processes, scene
from tests.orchestrator.act.conftest import Shop

SIZE, PER_SECOND = 40, 2.0  # of Gorgias' bucket
SECONDS = 7.0
State = OutboxAction.State


def statuses(shop: Shop, vendor: str) -> Counter[int]:
    return Counter(each["status"] for each in shop.requests(vendor))


def codes(shop: Shop) -> list[str]:
    return list(RunLogEntry.objects.filter(store=shop.store).order_by("pk").values_list("code", flat=True))


def owe_notes(shop: Shop, count: int) -> None:
    for number in range(count):
        calls = SetPriority(ticket_id="1", priority="high")  # one call each, and none replaces another
        shop.owe(shop.gorgias, calls, f"n{number}", setting=f"{number}")


@pytest.mark.skipif(
    database.vendor != "sqlite", reason="the processes are given the file of the test database"
)
@pytest.mark.django_db(transaction=True)
def test_two_processes_use_what_one_account_allows_and_no_more(shop: Shop, tmp_path: Path) -> None:
    owe_notes(shop, 150)
    shop.control("POST", "limits", {"on": True})
    values = {
        "DATABASE_URL": f"sqlite:///{database.settings_dict['NAME']}",
        "CREDENTIAL_KEYS": settings.CREDENTIAL_KEYS[0],
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOW_LOOPBACK_VENDORS": "true",
        "WAKE": "false",
    }
    command = [sys.executable, "manage.py", "work"]

    with (
        processes.running(command, tmp_path / "one.log", None, **values),
        processes.running(command, tmp_path / "two.log", None, **values),
    ):
        processes.until(lambda: shop.requests("gorgias"), 20)
        began = monotonic()
        processes.until(lambda: monotonic() - began > SECONDS, SECONDS + 5)
        answered = statuses(shop, "gorgias")

    allowed = SIZE + PER_SECOND * SECONDS
    assert answered[429] == 0
    assert answered.total() >= 0.85 * allowed
    assert OutboxAction.objects.filter(attempts__gt=0).count() == 0


@pytest.fixture
def outage(shop: Shop) -> Callable[[], None]:
    """Gorgias fails until nobody calls it any more; the effects fall due in vain."""

    def happen() -> None:
        owe_notes(shop, 3)
        shop.fault("gorgias", ".*", kind="status", status=503, when="before", times=50)
        for minutes in range(FAILURES):
            due.dispatch(shop.gorgias, timezone.now() + timedelta(minutes=30 * minutes))

    return happen


@pytest.mark.django_db
def test_a_vendor_that_is_down_is_not_called_and_nothing_counts_as_an_attempt(
    shop: Shop, outage: Callable[[], None]
) -> None:
    outage()
    asked, before = len(shop.requests("gorgias")), attempts()

    done = due.dispatch(shop.gorgias, timezone.now() + timedelta(hours=10))

    assert done == 3
    assert asked == len(shop.requests("gorgias")) == FAILURES
    assert attempts() == before
    assert set(OutboxAction.objects.values_list("state", flat=True)) <= {State.WAITING, State.IN_DOUBT}
    assert not Attention.objects.open().exists()


@pytest.mark.django_db
def test_the_outage_is_seen_once_and_its_end_once(shop: Shop, outage: Callable[[], None]) -> None:
    outage()
    for minutes in range(3):
        due.dispatch(shop.gorgias, timezone.now() + timedelta(hours=10, minutes=minutes))
    shop.gorgias.refresh_from_db()
    assert (shop.gorgias.health, shop.gorgias.error_code) == (Connection.Health.WAITING, "vendor_down")
    assert codes(shop).count("vendor_down") == 1

    requests.delete(f"{shop.url}/_control/faults", timeout=10)
    with time_machine.travel(timezone.now() + timedelta(seconds=10)):
        due.dispatch(shop.gorgias, timezone.now() + timedelta(hours=20))

    shop.gorgias.refresh_from_db()
    assert (shop.gorgias.health, shop.gorgias.error_code) == (Connection.Health.HEALTHY, "")
    assert codes(shop).count("vendor_up") == 1
    assert not VendorAccount.objects.exclude(down_since=None).exists()
    assert set(OutboxAction.objects.values_list("state", flat=True)) == {State.DONE}


@pytest.mark.django_db
def test_an_outage_of_one_account_does_not_touch_another(
    new_shop: Callable[..., Shop], shop: Shop, outage: Callable[[], None]
) -> None:
    outage()
    other = new_shop()
    other.owe(other.gorgias, SetPriority(ticket_id="1", priority="high"), "theirs")

    due.dispatch(other.gorgias, timezone.now())

    assert OutboxAction.objects.get(key="theirs").state == State.DONE


@pytest.mark.django_db
def test_connections_of_one_account_share_its_budget(new_shop: Callable[..., Shop], shop: Shop) -> None:
    twin = scene.client("twin", vendors=())
    second = Connection(store=twin, vendor="gorgias", api_root=shop.gorgias.api_root)
    second.seal(shop.gorgias.credentials())
    second.save()
    owe_notes(shop, 60)
    row = shop.owe(second, SetPriority(ticket_id="2", priority="low"), "twin")

    with time_machine.travel(timezone.now(), tick=False):
        due.dispatch(shop.gorgias, timezone.now())
        sent = len(shop.requests("gorgias"))
        due.dispatch(second, timezone.now())

    row.refresh_from_db()
    assert 30 <= sent < 45
    assert (row.state, row.attempts) == (State.WAITING, 0)
    assert "used up for now" in row.because


@pytest.mark.django_db
def test_a_backlog_waits_without_a_word_in_the_log(shop: Shop) -> None:
    owe_notes(shop, 60)

    due.dispatch(shop.gorgias, timezone.now())

    shop.gorgias.refresh_from_db()
    waiting = OutboxAction.objects.filter(state=State.WAITING)
    assert waiting.count() > 15
    assert waiting.filter(attempts=0, claim_token="").count() == waiting.count()
    assert set(codes(shop)) == {"action_done", "connection_healthy"}
    assert shop.gorgias.health == Connection.Health.HEALTHY


@pytest.mark.django_db
def test_holds_that_the_vendor_cannot_take_now_wait_and_are_not_in_doubt(shop: Shop) -> None:
    shop.want(True, "ana@shop.test")
    shop.fault("klaviyo", ".*", kind="status", status=503, when="before", times=50)
    for minutes in range(FAILURES):
        reconcile.drive(shop.klaviyo, timezone.now() + timedelta(minutes=30 * minutes))
    before = VendorState.objects.get()

    reconcile.drive(shop.klaviyo, timezone.now() + timedelta(hours=10))

    after = VendorState.objects.get()
    assert after.because.startswith("Klaviyo does not answer")
    assert (after.attempts, after.is_in_doubt) == (before.attempts, before.is_in_doubt)
    assert len(shop.requests("klaviyo")) == FAILURES


def attempts() -> list[int]:
    return list(OutboxAction.objects.order_by("pk").values_list("attempts", flat=True))

"""Three hundred notes are under way when somebody pulls the switch; lifted, each is written exactly once."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from orchestrator.act import stops
from orchestrator.decide import due
from orchestrator.models import OutboxAction, Stop
from rules.actions.internal_note import InternalNote
from rules.models import Rule
from tests.chaos import truth
from tests.orchestrator.act.conftest import Shop, new_shop, shop
from tests.processes import until

__all__ = ["new_shop", "shop"]
pytestmark = pytest.mark.django_db(transaction=True)

NOTES = 300
BEFORE = 20  # notes that are written when the switch is pulled


def written(shop: Shop) -> dict[str, int]:
    return dict(truth.notes_by_text(shop.state("gorgias")))


def send(shop: Shop) -> Thread:
    def work() -> None:
        due.dispatch(shop.gorgias, timezone.now())
        connections.close_all()

    worker = Thread(target=work)
    worker.start()
    return worker


def until_under_way(shop: Shop) -> None:
    until(lambda: len(written(shop)) >= BEFORE, 60)


@pytest.mark.parametrize("scope", ["rule", "store", "everything"])
def test_stop_in_the_middle_ends_the_calls_and_loses_nothing(scope: str, shop: Shop, settings: Any) -> None:
    shop.control("POST", "limits", {"on": False})
    settings.VENDOR_SHARE = 1.0
    rule = Rule.objects.create(store=shop.store, name="Notes", recipe="custom", mode="live")
    for number in range(NOTES):
        note = InternalNote(ticket_id="1", text=f"Note {number}.")
        shop.owe(shop.gorgias, note, f"n{number}", rule=rule, rule_version=1)
    given: dict[str, Any] = (
        {"rule": rule} if scope == "rule" else {"store": shop.store} if scope == "store" else {}
    )

    worker = send(shop)
    until_under_way(shop)
    stops.stop(because="Wrong notes.", by="maya", now=timezone.now(), **given)
    worker.join()
    stopped = written(shop)
    send(shop).join()
    still = written(shop)
    states = set(OutboxAction.objects.values_list("state", flat=True))
    stops.lift(Stop.objects.get(), by="maya", now=timezone.now())
    a_minute_later = timezone.now() + timedelta(minutes=1)  # what met the stop on its way waits some seconds
    call_command("work", "--until-idle", "--now", a_minute_later.isoformat())

    assert BEFORE <= len(stopped) < NOTES
    assert still == stopped
    assert states == {"done", "waiting"}
    assert written(shop) == {f"Note {number}.": 1 for number in range(NOTES)}

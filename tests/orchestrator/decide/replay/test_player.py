"""What was recorded is played once more: the same code on another clock, other tables, and no vendor."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.models import Connection, Store
from orchestrator.decide.replay.player import Player, together
from orchestrator.decide.replay.scratch import Cast, Scratch
from orchestrator.models import Enrolment, InboxEvent, OutboxAction, RunLogEntry, Suppression
from rules.models import RuleVersion
from tests import scene
from tests.orchestrator.decide import shop
from tests.scene import at

pytestmark = pytest.mark.django_db
DAY = 24 * 60


def played(store: Store, until: datetime, read: Any) -> Any:
    """What ``read`` finds in the tables of the replay, at its end."""
    scratch = Scratch()
    cast = Cast(store, RuleVersion.objects.select_related("rule").order_by("pk"), until)
    events = list(InboxEvent.objects.filter(store=store).order_by("pk"))
    with scratch.used():
        player = Player(cast.enter(), events[0].received_at)
        player.hear(events)
        player.end(until)
        found = read()
    scratch.close()
    return found


def sent() -> list[tuple[str, datetime | None]]:
    rows = OutboxAction.objects.filter(state="done").order_by("pk")
    return [(row.effect_key, row.settled_at) for row in rows]


def test_days_of_waiting_pass_without_a_wait_a_call_or_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    store = shop.shop()
    scene.live_rule(store, "cart_recovery", mode="draft")
    scene.live_rule(store, "cart_recovery", mode="shadow")
    shop.hear(store, shop.record(sms_consent="subscribed"), shop.cart(total=300), now=at(0.5))
    lines = RunLogEntry.objects.count()
    monkeypatch.setattr(socket, "socket", None)

    steps = played(store, at(4 * DAY), sent)

    assert [each for _, each in steps] == [at(60), at(DAY + 60 - 60), at(3 * DAY)]
    assert not OutboxAction.objects.exists()
    assert not Enrolment.objects.exists()
    assert RunLogEntry.objects.count() == lines


def test_a_hold_opens_and_closes_at_its_own_times() -> None:
    store = shop.shop()
    scene.live_rule(store, "ticket_hold", mode="shadow", grace_minutes=30)
    scene.hear(store, scene.ticket(), now=at(1))
    scene.hear(store, scene.ticket(minutes=100, is_open=False), now=at(101))

    def ends() -> list[tuple[datetime, datetime | None]]:
        return list(Suppression.objects.values_list("opened_at", "closed_at"))

    ((opened, closed),) = played(store, at(DAY), ends)

    assert opened == at(0)
    assert closed is not None
    assert at(130) <= closed <= at(132)
    assert not Suppression.objects.exists()


def test_what_is_played_has_no_credentials() -> None:
    store = shop.shop()
    connection = scene.connection(store, "klaviyo")
    connection.seal({"private_key": "pk_live_secret"})
    connection.save()
    shop.hear(store, shop.cart())

    sealed = played(store, at(5), lambda: list(Connection.objects.values_list("sealed", "api_root")))

    assert sealed == [({}, "")] * 3


def test_what_was_decided_together_is_again_and_an_outage_is_not_played() -> None:
    times = [(0, 4), (3, 4), (2, 9), (50, 7_000), (60, None)]
    events = [
        InboxEvent(
            received_at=scene.START + timedelta(seconds=came),
            decided_at=scene.START + timedelta(seconds=decided) if decided else None,
        )
        for came, decided in times
    ]

    moments = [((at - scene.START).total_seconds(), len(batch)) for at, batch in together(events)]

    assert moments == [(4, 2), (9, 1), (50, 1), (60, 1)]

"""Alerts over Slack: one a second, at most once, and one that does not arrive is seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from connectors.models import Connection
from orchestrator.act import outbox
from orchestrator.decide import due
from orchestrator.models import Attention, OutboxAction
from rules.actions.alert import Alert
from tests.orchestrator.act.conftest import Shop

pytestmark = pytest.mark.django_db
State = OutboxAction.State
ALERT = Alert(title="Low stock: Linen shirt", text="4 left.")


class Channel:
    """The Slack channel of a shop."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        credentials = {"webhook_url": f"https://hooks.slack.com/services/T0/{shop.slug.replace('-', '')}/k1"}
        shop._furnish("slack", credentials, {})
        self.connection = shop._connect("slack", credentials)

    def owe(self, *keys: str, **fields: Any) -> None:
        for key in keys:
            self.shop.owe(self.connection, ALERT, key, **fields)

    def said(self) -> list[str]:
        """The key below each message."""
        messages = self.shop.state("slack")["messages"]
        return [message["blocks"][-1]["elements"][0]["text"] for message in messages]


@pytest.fixture
def channel(new_shop: Callable[..., Shop]) -> Channel:
    return Channel(new_shop())


def states() -> dict[str, str]:
    return dict(OutboxAction.objects.values_list("key", "state"))


def a_second_passes() -> None:
    """For the distance between two messages, which is kept on the real clock."""
    Connection.objects.update(next_send_at=timezone.now())


def later(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def test_an_alert_arrives_once(channel):
    channel.owe("a")

    due.dispatch(channel.connection, timezone.now())
    due.dispatch(channel.connection, later(60))

    assert channel.said() == ["a"]
    assert states() == {"a": State.DONE}


def test_only_one_is_sent_at_a_time_and_the_next_a_second_later(channel):
    channel.owe("a", "b", "c")

    with time_machine.travel(timezone.now(), tick=False):
        sent = [len(outbox.claim(channel.connection, timezone.now())) for _ in range(3)]
        free_at = Connection.objects.get(vendor="slack").next_send_at
        assert free_at is not None
        wait = free_at - timezone.now()
    a_second_passes()

    assert sent == [1, 0, 0]
    assert timedelta(seconds=0.9) < wait < timedelta(seconds=1.2)
    assert len(outbox.claim(channel.connection, timezone.now())) == 1


def test_work_until_idle_says_everything_and_slack_never_has_too_much(channel):
    channel.owe("a", "b", "c")

    call_command("work", "--until-idle")

    assert channel.said() == ["a", "b", "c"]
    asked = [each["status"] for each in channel.shop.requests("slack")]
    assert 429 not in asked


def test_a_crowd_goes_in_few_messages(channel):
    channel.owe(*(f"a{number:02}" for number in range(45)))

    call_command("work", "--until-idle")

    keys = [key for footer in channel.said() for key in footer.split(" · ")]
    assert keys == [f"a{number:02}" for number in range(45)]
    assert [footer.count("·") + 1 for footer in channel.said()] == [20, 20, 1, 1, 1, 1, 1]
    assert set(states().values()) == {State.DONE}


@pytest.mark.parametrize("kind", ["reset", "cut", "hang", "status"])
def test_what_is_in_doubt_is_never_said_again_and_staff_see_it(channel, settings, kind):
    settings.CALL_DEADLINE = 0.5
    channel.shop.fault("slack", "/services", kind=kind, when="after", method="POST", status=500)
    channel.owe("a")

    for seconds in (0, 600, 1200):
        due.dispatch(channel.connection, later(seconds))
        a_second_passes()

    assert channel.said() == ["a"]
    assert states() == {"a": State.FAILED}
    assert [row.code for row in Attention.objects.open()] == ["action_failed"]


def test_a_throttled_alert_waits_as_long_as_slack_says_and_arrives(channel):
    channel.shop.fault("slack", "/services", kind="status", status=429, seconds=40)
    channel.owe("a")
    now = timezone.now()

    due.dispatch(channel.connection, now)
    waits_until = OutboxAction.objects.get().due_at
    with time_machine.travel(later(seconds=45)):  # the pause is kept on the real clock
        due.dispatch(channel.connection, timezone.now())

    assert waits_until >= now + timedelta(seconds=40)
    assert channel.said() == ["a"]


def test_an_archived_channel_stops_the_connection_and_the_alert_waits_for_a_person(channel):
    channel.shop.do("slack", "channel_archive")
    channel.owe("a")
    now = timezone.now()

    due.dispatch(channel.connection, now)
    channel.connection.refresh_from_db()
    health = channel.connection.health
    channel.shop.do("slack", "restore")
    a_second_passes()
    due.dispatch(channel.connection, now + timedelta(minutes=20))

    assert health == Connection.Health.ATTENTION
    assert channel.said() == ["a"]
    assert not Attention.objects.open().exists()


def test_an_alert_that_slack_refuses_for_good_is_seen(channel):
    channel.shop.fault("slack", "/services", kind="status", status=400)
    channel.owe("a")

    due.dispatch(channel.connection, timezone.now())

    assert states() == {"a": State.FAILED}
    assert Attention.objects.open().get().code == "action_failed"

"""The agency's own channel hears of each new thing once, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import requests
import time_machine
from django.core.management import call_command
from django.db import connections, transaction
from django.utils import timezone

from connectors.sandbox.server import Sandbox
from orchestrator.act import agency
from orchestrator.models import Attention
from orchestrator.record import attention
from tests import scene
from tests.connectors.accounts import FakeAccount

pytestmark = pytest.mark.django_db
State = Attention.Post


@pytest.fixture
def channel(sandbox: Sandbox, settings: Any) -> Iterator[FakeAccount]:
    """The agency's webhook at the fake Slack."""
    account = FakeAccount(sandbox.url, "slack")
    path = account.credentials["webhook_url"].removeprefix("https://hooks.slack.com")
    settings.AGENCY_SLACK_WEBHOOK = f"{sandbox.url}/slack{path}"
    settings.ALLOW_LOOPBACK_VENDORS = True
    yield account
    requests.delete(f"{sandbox.url}/_control/faults", timeout=10)
    account.close()


def call(sentence: str = "Somebody asks for a call.", **fields: Any) -> bool:
    return attention.call("audit_call", sentence, now=timezone.now(), **{"reference": sentence, **fields})


def said(channel: FakeAccount) -> list[str]:
    """The lines of all messages."""
    texts = [message["blocks"][1]["text"]["text"] for message in channel.state()["messages"]]
    return [line.removeprefix("• ") for text in texts for line in text.splitlines()]


def states() -> set[str]:
    return set(Attention.objects.exclude(code="agency_chat_failing").values_list("post", flat=True))


def later(**time: float) -> Any:
    return timezone.now() + timedelta(**time)


def test_what_belongs_to_no_client_is_posted_once(channel: FakeAccount) -> None:
    call()

    agency.post(timezone.now())
    call()  # still so
    agency.post(later(minutes=1))

    assert said(channel) == ["Somebody asks for a call."]
    assert states() == {State.POSTED}


def test_a_clients_trouble_is_posted_with_the_clients_name(channel: FakeAccount) -> None:
    store = scene.client("north-ridge", vendors=())
    call("The hold list is gone.", store=store)
    call("North Ridge: a flow writes to people who are held.", store=store)

    agency.post(timezone.now())

    assert said(channel) == [
        "North Ridge: The hold list is gone.",
        "North Ridge: a flow writes to people who are held.",
    ]


def test_many_things_at_once_are_few_messages(channel: FakeAccount) -> None:
    for number in range(45):
        call(f"Thing {number}")

    call_command("work", "--until-idle")

    assert [len(message["text"]) > 0 for message in channel.state()["messages"]] == [True] * 3
    assert said(channel) == [f"Thing {number}" for number in range(45)]
    assert 429 not in [each["status"] for each in channel.requests()]


def test_without_an_address_nothing_is_posted_and_nothing_piles_up(
    channel: FakeAccount, settings: Any
) -> None:
    address, settings.AGENCY_SLACK_WEBHOOK = settings.AGENCY_SLACK_WEBHOOK, ""
    call()
    agency.post(timezone.now())

    settings.AGENCY_SLACK_WEBHOOK = address
    agency.post(later(minutes=1))

    assert said(channel) == []
    assert states() == {State.NONE}


@pytest.mark.parametrize("kind", ["reset", "cut", "hang", "status", "html"])
def test_what_is_in_doubt_is_never_said_again(channel: FakeAccount, settings: Any, kind: str) -> None:
    settings.CALL_DEADLINE = 0.5
    channel.fault("/services", kind, when="after", status=500)
    call()

    for minutes in (0, 5, 30):
        agency.post(later(minutes=minutes))

    assert said(channel) == ["Somebody asks for a call."]
    assert states() == {State.UNKNOWN}


def test_what_a_worker_died_with_is_not_said_again(channel: FakeAccount) -> None:
    call()
    agency._claim(timezone.now())
    Attention.objects.update(post_at=later(seconds=-1))

    agency.post(timezone.now())
    agency.post(later(minutes=30))

    assert said(channel) == []
    assert states() == {State.UNKNOWN}


@pytest.mark.django_db(transaction=True)
def test_two_workers_say_it_once(channel: FakeAccount) -> None:
    for number in range(30):
        call(f"Thing {number}")
    start = Barrier(3)

    def worker() -> None:
        start.wait()
        for _ in range(5):
            agency.post(timezone.now())
        connections.close_all()

    workers = [Thread(target=worker) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert len(said(channel)) == len(set(said(channel)))


def test_a_throttle_is_waited_for(channel: FakeAccount) -> None:
    channel.fault("/services", "status", status=429, seconds=60)
    call()

    agency.post(timezone.now())
    agency.post(later(seconds=40))
    early = said(channel)
    with time_machine.travel(later(seconds=70)):  # the pause is kept on the real clock
        agency.post(timezone.now())

    assert (early, said(channel)) == ([], ["Somebody asks for a call."])


def test_a_channel_that_takes_nothing_is_shown_in_the_admin_until_it_works(channel: FakeAccount) -> None:
    channel.do("webhook_revoke")
    call()

    agency.post(timezone.now())
    trouble = Attention.objects.open().get(code="agency_chat_failing")
    channel.do("restore")
    agency.post(later(minutes=10))

    assert trouble.sentence.startswith("Alerts do not reach the agency's chat (AGENCY_SLACK_WEBHOOK).")
    assert trouble.post == State.NONE
    assert said(channel) == ["Somebody asks for a call."]
    assert not Attention.objects.open().filter(code="agency_chat_failing").exists()


def test_a_message_that_is_refused_for_good_is_shown(channel: FakeAccount) -> None:
    channel.fault("/services", "status", status=400)
    call()

    agency.post(timezone.now())
    agency.post(later(minutes=10))

    assert said(channel) == []
    assert states() == {State.FAILED}
    assert Attention.objects.open().filter(code="agency_chat_failing").exists()


@pytest.mark.parametrize(
    "over", [{"cleared_at": timezone.now()}, {"since": timezone.now() - timedelta(days=2)}]
)
def test_what_is_over_or_old_is_not_said(channel: FakeAccount, over: dict[str, Any]) -> None:
    call()
    Attention.objects.update(**over)

    agency.post(timezone.now())

    assert said(channel) == []
    assert states() == {State.SKIPPED}


@pytest.mark.parametrize(
    "address",
    ["https://evil.test/services/T0/B0/k1", "http://10.0.0.1/services/T0/B0/k1", "nonsense"],
)
def test_only_slack_is_called(channel: FakeAccount, settings: Any, address: str) -> None:
    settings.AGENCY_SLACK_WEBHOOK = address
    call()

    agency.post(timezone.now())

    assert Attention.objects.open().filter(code="agency_chat_failing").exists()


def test_this_machine_is_called_only_where_that_is_allowed(channel: FakeAccount, settings: Any) -> None:
    settings.ALLOW_LOOPBACK_VENDORS = False
    call()

    agency.post(timezone.now())

    assert "ALLOW_LOOPBACK_VENDORS" in Attention.objects.get(code="agency_chat_failing").sentence
    assert channel.requests() == []


def test_a_line_that_is_rolled_back_is_never_posted(channel: FakeAccount) -> None:
    with transaction.atomic():
        call()
        transaction.set_rollback(True)

    agency.post(timezone.now())

    assert said(channel) == []

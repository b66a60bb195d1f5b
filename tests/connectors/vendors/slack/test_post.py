"""What our Slack client posts and what it makes of Slack's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors import deadline
from connectors.errors import NeedsAttention, Refused, TryLater
from connectors.http import Client
from connectors.roles import Post
from connectors.vendors.slack import Slack, SlackCredentials
from tests.connectors.accounts import FakeAccount
from tests.connectors.wire import Talk, listening, says

POST = Post(
    title="Low stock: Linen shirt",
    text="4 left, and the line is 12.",
    details=(("SKU", "SKU-1"), ("Left", "4")),
    links=(("Open the product", "https://admin.shopify.com/store/north/products/1"),),
    footer="rule7:stock.changed:ab",
)


def says_once(*answers: Any) -> Talk:
    """Bodies and statuses, in turn."""
    talks = [says(body, status) for body, status in zip(answers[::2], answers[1::2], strict=True)]
    return lambda connection, halted: talks.pop(0)(connection, halted)


def messages(account: FakeAccount) -> list[dict[str, Any]]:
    return list(account.state()["messages"])


def test_a_post_arrives_with_its_blocks_and_a_text_for_notifications(slack):
    slack.open().post(POST)

    (message,) = messages(slack)
    assert message["text"] == "Low stock: Linen shirt: 4 left, and the line is 12."
    assert [block["type"] for block in message["blocks"]] == [
        "header",
        "section",
        "section",
        "actions",
        "context",
    ]
    assert message["unfurl_links"] is False


def test_the_secret_of_the_address_is_in_no_record_of_the_call(slack):
    vendor = slack.open()
    vendor.post(POST)

    assert list(vendor.client.calls) == ["POST /services/[secret] → 200"]


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ("channel_archive", "channel_archived"),
        ("channel_delete", "channel_gone"),
        ("webhook_remove", "credentials_rejected"),
        ("webhook_revoke", "credentials_rejected"),
        ("apps_forbid", "scope_missing"),
    ],
)
def test_what_only_a_person_can_mend_stops_the_connection(slack, verb, code):
    slack.do(verb)

    with pytest.raises(NeedsAttention) as caught:
        slack.open().post(POST)

    assert caught.value.code == code
    assert caught.value.sentence.startswith("Slack: the ")


def test_a_webhook_with_a_wrong_secret_needs_attention(slack):
    wrong = slack.credentials["webhook_url"] + "x"

    with pytest.raises(NeedsAttention) as caught:
        slack.open(webhook_url=wrong).post(POST)

    assert caught.value.code == "credentials_rejected"


def test_the_connection_test_posts_nothing(slack):
    found = slack.open().account()

    assert found.name.startswith("the channel of webhook B")
    assert slack.credentials["webhook_url"].rpartition("/")[2] not in repr(found)
    assert messages(slack) == []


@pytest.mark.parametrize("verb", ["channel_archive", "webhook_remove"])
def test_the_connection_test_sees_what_would_stop_a_message(slack, verb):
    slack.do(verb)

    with pytest.raises(NeedsAttention):
        slack.open().account()


def test_a_second_message_within_the_second_waits_as_long_as_slack_says(slack):
    vendor = slack.open()
    vendor.post(POST)

    with pytest.raises(TryLater) as caught:
        vendor.post(POST)

    assert (caught.value.code, caught.value.after, caught.value.in_doubt) == ("throttled", 1.0, False)
    assert len(messages(slack)) == 1


def test_blocks_that_slack_does_not_take_are_left_out_and_the_words_go_alone(slack):
    said = says_once(b"invalid_blocks", 400, b"ok", 200)
    with listening(said) as wire:
        session = deadline.new_session(allow_loopback=True)
        client = Client(
            wire.url,
            Slack.headers({}),
            allow_loopback=True,
            deadline=5,
            session=session,
            explain=Slack.explain,
        )
        Slack(client, slack.credentials).post(POST)
        session.close()

    bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in wire.requests]
    assert [len(body["blocks"]) for body in bodies] == [5, 0]
    assert "SKU: SKU-1" in bodies[1]["text"]


def test_another_refusal_of_a_message_is_final(slack):
    slack.fault("/", "status", status=400)

    with pytest.raises(Refused):
        slack.open().post(POST)

    assert messages(slack) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.slack.com/services/T0/B0/abc",
        "https://hooks.slack.com.evil.test/services/T0/B0/abc",
        "https://hooks.slack.com/services/T0/B0",
        "https://hooks.slack.com/services/T0/B0/abc/../x",
        "https://hooks.slack.com@evil.test/services/T0/B0/abc",
        "https://hooks.slack.com/workflows/T0/B0/abc",
        "http://10.0.0.1/services/T0/B0/abc",
    ],
)
def test_only_slacks_own_webhook_addresses_are_taken(address):
    assert not SlackCredentials({"webhook_url": address}).is_valid()


@pytest.mark.parametrize(
    "address",
    ["https://hooks.slack.com/services/T0/B0/aBc123", "http://127.0.0.1:9100/slack/services/T0/B0/aBc123"],
)
def test_a_webhook_address_is_taken_as_slack_shows_it(address):
    assert SlackCredentials({"webhook_url": address}).is_valid()

"""The fake Slack, with Slack's own client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from slack_sdk.models.blocks import HeaderBlock, SectionBlock
from slack_sdk.webhook import WebhookClient

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control

PATH = "/services/T0/B0/abc123"


@pytest.fixture
def webhook(sandbox: Sandbox, control: Control) -> WebhookClient:
    control.account("slack", "north", credentials={"webhook_url": f"https://hooks.slack.com{PATH}"})
    return WebhookClient(f"{sandbox.url}/slack{PATH}")


def messages(control: Control) -> list[Any]:
    return list(control.state("slack", "north")["messages"])


def test_slacks_own_client_posts_a_message(webhook: WebhookClient, control: Control) -> None:
    answer = webhook.send(
        text="Low stock", blocks=[HeaderBlock(text="Low stock"), SectionBlock(text="4 left")]
    )

    assert (answer.status_code, answer.body) == (200, "ok")
    assert [message["text"] for message in messages(control)] == ["Low stock"]
    assert messages(control)[0]["blocks"][0]["text"]["text"] == "Low stock"


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ({"unfurl_links": True}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "poem"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
        (
            {"text": "x", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]},
            "invalid_blocks",
        ),
        (
            {"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
            "invalid_blocks",
        ),
        ({"text": "x", "blocks": [{"type": "context", "elements": []}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "actions", "elements": [{"type": "button"}]}]}, "invalid_blocks"),
        ({"text": "x", "blocks": {"type": "divider"}}, "invalid_payload"),
        ({"text": "x", "attachments": [{"text": "y"}] * 101}, "too_many_attachments"),
        ({"text": 5}, "invalid_payload"),
    ],
)
def test_what_slack_does_not_take_is_refused_with_its_word(
    webhook: WebhookClient, control: Control, message: dict[str, Any], word: str
) -> None:
    answer = webhook.send_dict(message)

    assert (answer.status_code, answer.body) == (400, word)
    assert messages(control) == []


def test_a_body_that_is_no_json_is_refused(webhook: WebhookClient) -> None:
    answer = requests.post(webhook.url, data=b"{", timeout=10)

    assert (answer.status_code, answer.text) == (400, "invalid_payload")


def test_the_second_message_within_a_second_is_throttled(webhook: WebhookClient, control: Control) -> None:
    answers = [webhook.send(text=f"Message {each}") for each in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["Retry-After"] == "1"
    assert len(messages(control)) == 1


def test_a_second_later_the_next_message_is_taken(
    webhook: WebhookClient, pass_time: Callable[[float], None]
) -> None:
    webhook.send(text="One")
    pass_time(1.5)

    assert webhook.send(text="Two").status_code == 200


def test_without_limits_nothing_is_throttled(webhook: WebhookClient, control: Control) -> None:
    control.call("POST", "/limits", {"on": False})

    assert {webhook.send(text=f"Message {each}").status_code for each in range(5)} == {200}


@pytest.mark.parametrize(
    ("verb", "status", "word"),
    [
        ("channel_archive", 410, "channel_is_archived"),
        ("channel_delete", 404, "channel_not_found"),
        ("webhook_remove", 404, "no_service"),
        ("webhook_revoke", 403, "invalid_token"),
        ("apps_forbid", 403, "action_prohibited"),
    ],
)
def test_a_channel_in_trouble_refuses_until_it_is_restored(
    webhook: WebhookClient, control: Control, verb: str, status: int, word: str
) -> None:
    control.do("slack", "north", verb)
    refused = webhook.send(text="Low stock")
    control.do("slack", "north", "restore")

    assert (refused.status_code, refused.body) == (status, word)
    assert webhook.send(text="Low stock").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/services/T0/B0/wrong", 403, "invalid_token"),
        ("/services/T0/B9/abc123", 404, "no_service"),
        ("/elsewhere", 404, "no_service"),
    ],
)
def test_a_stranger_is_refused(
    sandbox: Sandbox, webhook: WebhookClient, path: str, status: int, word: str
) -> None:
    answer = WebhookClient(f"{sandbox.url}/slack{path}").send(text="Low stock")

    assert (answer.status_code, answer.body) == (status, word)


def test_a_webhook_address_that_cannot_be_is_refused_by_the_control(control: Control) -> None:
    answer = control.call("PUT", "/slack/accounts/x", {"credentials": {"webhook_url": "https://x.test/"}})

    assert answer.status_code == 400

"""What the team and the agency hear in Slack: each thing once, and nothing that went wrong is hidden."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from connectors.models import Connection
from orchestrator.models import Attention, OutboxAction

pytestmark = pytest.mark.django_db(transaction=True)

SLACK = """
store: {{slug: {slug}}}
connections:
  - vendor: slack
    credentials: {{webhook_url: "{address}"}}
    api_root: {root}
"""
TEXT = "{customer.email} waits: {ticket.subject} <!channel>"
RULE = {
    "recipe": "custom",
    "name": "Tell the team",
    "mode": "live",
    "params": {"when": "ticket.opened", "then": [{"action": "alert", "with": {"text": TEXT}}]},
}


def connect_slack(client: Any, path: Any) -> None:
    """The client's channel, set up as the agency would."""
    address = f"https://hooks.slack.com/services/T1/{client.slug.replace('-', '')}/k1"
    client.control("PUT", f"slack/accounts/{client.slug}", {"credentials": {"webhook_url": address}})
    path.write_text(SLACK.format(slug=client.slug, address=address, root=f"{client.url}/slack"))
    call_command("apply_client", str(path), verbosity=0)


def messages(client: Any, name: str = "") -> list[dict[str, Any]]:
    return list(client.control("GET", f"slack/accounts/{name or client.slug}")["messages"])


def work() -> None:
    call_command("work", "--until-idle", "--poll-now")


def test_two_tickets_are_two_messages_though_everything_is_told_twice(new_client, tmp_path):
    client = new_client(rules=[RULE])
    connect_slack(client, tmp_path / "slack.yaml")
    client.control("POST", "webhooks", {"delivery": "double"})
    for number in (1, 2):
        client.open_ticket(f"ana{number}@shop.test", subject="Where is it?")
    client.webhooks_delivered()

    work()
    work()

    assert sorted(message["text"] for message in messages(client)) == [
        f"ana{number}@shop.test waits: Where is it? &lt;!channel&gt;" for number in (1, 2)
    ]
    assert set(OutboxAction.objects.values_list("state", flat=True)) == {"done"}
    assert Connection.objects.get(vendor="slack").health == Connection.Health.HEALTHY


def test_an_alert_that_slack_does_not_take_is_seen_in_the_admin_and_in_the_agencys_channel(
    new_client, tmp_path, settings
):
    client = new_client(rules=[RULE])
    connect_slack(client, tmp_path / "slack.yaml")
    agency = f"agency-{client.slug}"
    path = f"/services/T1/{agency.replace('-', '')}/k2"
    client.control(
        "PUT",
        f"slack/accounts/{agency}",
        {"credentials": {"webhook_url": f"https://hooks.slack.com{path}"}},
    )
    settings.AGENCY_SLACK_WEBHOOK = f"{client.url}/slack{path}"
    client.do("slack", "channel_archive")
    client.open_ticket()
    client.webhooks_delivered()

    work()
    work()

    failing = Attention.objects.open().get(code="connection_failing")
    assert "the channel is archived" in failing.sentence
    assert messages(client) == []
    told = [message["blocks"][1]["text"]["text"] for message in messages(client, agency)]
    assert sum(failing.sentence in text for text in told) == 1
    assert OutboxAction.objects.get().state == "waiting"

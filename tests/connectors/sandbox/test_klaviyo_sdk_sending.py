"""The vendor's own client drives metrics, flows, campaigns, tags and templates of the fake."""

from __future__ import annotations

import pytest

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.sdk import Client, body, connect


@pytest.fixture
def client(sandbox: Sandbox, control: Control) -> Client:
    return connect(sandbox, control)


def test_metrics_say_what_they_start_and_are_mapped_to(client: Client) -> None:
    metrics, number = client.api.Metrics, client.first("metrics")
    mapped = {
        one.id: one.relationships.metric.data for one in metrics.get_mapped_metrics(include=["metric"]).data
    }
    assert metrics.get_metric(number).data.attributes.integration["name"] == "Shopify"
    assert metrics.get_flows_triggered_by_metric(number).data == []
    assert (mapped["revenue"].id, mapped["added_to_cart"]) == (number, None)


def test_a_flow_is_made_read_in_full_and_switched_on(client: Client) -> None:
    flows = client.api.Flows
    hold = {"type": "profile-group-membership", "is_member": False, "group_ids": [client.seeded["lists"][1]]}
    message = {
        "subject_line": "Still there?",
        "template_id": client.first("templates"),
        "from_email": "care@shop.test",
        "from_label": "Shop",
    }
    action = {
        "temporary_id": "a1",
        "type": "send-email",
        "links": {"next": None},
        "data": {"status": "draft", "message": message},
    }
    definition = {
        "triggers": [{"type": "metric", "id": client.first("metrics")}],
        "profile_filter": {"condition_groups": [{"conditions": [hold]}]},
        "entry_action_id": "a1",
        "actions": [action],
    }
    number = flows.create_flow(body("flow", {"name": "Recovery", "definition": definition})).data.id
    changed = flows.update_flow(number, body("flow", {"status": "live"}, id=number)).data
    read = flows.get_flow(number, additional_fields_flow=["definition"]).data.attributes
    (found,) = flows.get_actions_for_flow(number).data
    assert changed.attributes.status == "live"
    assert (read.trigger_type, read.definition.entry_action_id) == ("Metric", found.id)
    assert len(flows.get_flow_action_messages(found.id).data) == 1


def test_flows_are_listed_with_actions_and_tags(client: Client) -> None:
    found = client.api.Flows.get_flows(filter='equals(status,"live")', include=["flow-actions", "tags"])
    assert [one.attributes.name for one in found.data] == ["Welcome"]
    assert {one["type"] for one in found.included} == {"flow-action", "tag"}


def test_a_campaign_is_excluded_scheduled_and_reverted(client: Client) -> None:
    campaigns, number = client.api.Campaigns, client.first("campaigns")
    news, hold = client.seeded["lists"]
    strategy = {"method": "static", "datetime": "2035-01-01T09:00:00+00:00"}
    change = {"audiences": {"included": [news], "excluded": [hold]}, "send_strategy": strategy}
    campaigns.update_campaign(number, body("campaign", change, id=number))
    campaigns.send_campaign({"data": {"type": "campaign-send-job", "id": number}})
    scheduled = campaigns.get_campaign(number).data.attributes
    revert = body("campaign-send-job", {"action": "revert"}, id=number)
    campaigns.update_campaign_send_job(number, revert)
    (listed,) = campaigns.get_campaigns(
        'equals(messages.channel,"email")', include=["campaign-messages", "tags"]
    ).data
    assert (scheduled.status, scheduled.audiences.excluded) == ("Scheduled", [hold])
    assert listed.attributes.status == "Draft"


def test_a_campaigns_message_carries_its_own_template(client: Client) -> None:
    found = client.api.Campaigns.get_messages_for_campaign(client.first("campaigns"), include=["template"])
    assert [one["attributes"]["html"] for one in found.included] == ["<p>SKU-1</p>"]
    assert [one.attributes.name for one in client.api.Templates.get_templates().data] == ["Recovery"]


def test_a_campaign_is_made_and_its_audience_estimated(client: Client) -> None:
    campaigns = client.api.Campaigns
    definition = {"channel": "email", "label": "Sale", "content": {"subject": "Sale"}}
    messages = {"data": [{"type": "campaign-message", "attributes": {"definition": definition}}]}
    attributes = {
        "name": "Second",
        "audiences": {"included": [client.first("lists")]},
        "send_strategy": {"method": "immediate"},
        "campaign-messages": messages,
    }
    number = campaigns.create_campaign(body("campaign", attributes)).data.id
    campaigns.refresh_campaign_recipient_estimation(
        {"data": {"type": "campaign-recipient-estimation-job", "id": number}}
    )
    estimated = campaigns.get_campaign_recipient_estimation(number).data.attributes
    assert estimated.estimated_recipient_count == 2


def test_tags_are_put_on_and_taken_off(client: Client) -> None:
    tags, campaign = client.api.Tags, {"data": [{"type": "campaign", "id": client.first("campaigns")}]}
    number = tags.create_tag(body("tag", {"name": "product:SKU-1"})).data.id
    tags.tag_campaigns(number, campaign)
    carriers = [one.id for one in tags.get_campaign_ids_for_tag(number).data]
    tags.remove_tag_from_campaigns(number, campaign)
    (found,) = tags.get_tags(filter='equals(name,"product:SKU-1")').data
    assert (carriers, found.id) == ([client.first("campaigns")], number)
    assert tags.get_campaign_ids_for_tag(number).data == []

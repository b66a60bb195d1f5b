"""Which flows and campaigns leave out a list, read the careful way."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import TryLater
from connectors.types import Sending
from connectors.vendors.klaviyo.sendings import excludes, flow_sending
from tests.connectors.accounts import FakeAccount

HOLD = "LSTHLD"
Json = dict[str, Any]


def outside(*lists: str, is_member: bool = False) -> Json:
    return {"type": "profile-group-membership", "is_member": is_member, "group_ids": list(lists)}


def condition(*groups: list[Json]) -> Json:
    return {"condition_groups": [{"conditions": group} for group in groups]}


OTHER = {"type": "profile-property", "property": "properties['vip']"}
EXCLUDED = condition([outside(HOLD)])


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (EXCLUDED, True),
        (condition([OTHER], [outside(HOLD)]), True),
        (condition([outside(HOLD), outside(HOLD)]), True),
        (condition([outside(HOLD), OTHER]), False),
        (condition([outside(HOLD, is_member=True)]), False),
        (condition([outside("LSTOTH")]), False),
        (condition([outside(HOLD, "LSTOTH")]), False),
        (condition([]), False),
        (condition(), False),
        (None, False),
        ({"condition_groups": None}, False),
        ([], False),
    ],
)
def test_a_filter_leaves_out_a_list_only_when_nothing_else_can_let_its_members_in(filter_, expected):
    assert excludes(filter_, HOLD) is expected


def send(kind: str = "send-email", status: str = "live", **message: Any) -> Json:
    return {"type": kind, "data": {"status": status, "message": message}}


def sending(actions: Any, profile_filter: Any = None) -> Sending | None:
    definition = {"actions": actions, "profile_filter": profile_filter}
    attributes = {"name": "Welcome", "status": "live", "definition": definition}
    return flow_sending({"type": "flow", "id": "FLW001", "attributes": attributes}, HOLD)


WAIT = {"type": "time-delay", "data": {"unit": "hours", "value": 1}}
FILTERED = send(additional_filters=EXCLUDED)
TEST = {
    "type": "ab-test",
    "data": {"main_action": FILTERED, "current_experiment": {"variations": [send("send-sms")]}},
}


@pytest.mark.parametrize(
    ("actions", "profile_filter", "leaves_out"),
    [
        ([send(), send("send-sms")], EXCLUDED, True),
        ([send(), send("send-sms")], None, False),
        ([FILTERED, WAIT, FILTERED], None, True),
        ([FILTERED, send("send-sms")], None, False),
        ([FILTERED, send("send-sms", status="draft")], None, True),
        ([FILTERED, send("send-sms", status="manual")], None, False),
        ([FILTERED, send(transactional=True)], None, True),
        ([TEST], None, False),
        ([{**TEST, "data": {"main_action": FILTERED}}], None, True),
    ],
)
def test_a_flow_leaves_out_a_list_as_a_whole_or_in_each_message_that_can_go_out(
    actions, profile_filter, leaves_out
):
    found = sending(actions, profile_filter)

    assert found is not None
    assert found.excludes_list is leaves_out
    assert found.why


@pytest.mark.parametrize(
    "actions",
    [
        [],
        [WAIT],
        [send(transactional=True)],
        [send(status="draft")],
        [{"type": "send-internal-alert", "data": {"message": {}}}],
        [{"type": "send-webhook", "data": {}}],
    ],
)
def test_a_flow_that_sends_no_marketing_is_not_listed(actions):
    assert sending(actions) is None


@pytest.mark.parametrize("attributes", [{}, {"definition": None}, {"definition": []}])
def test_a_flow_that_cannot_be_seen_into_counts_as_not_leaving_out(attributes):
    found = flow_sending({"type": "flow", "id": "FLW001", "attributes": attributes}, HOLD)

    assert found is not None
    assert not found.excludes_list


@pytest.fixture
def hold(klaviyo: FakeAccount) -> str:
    return str(klaviyo.seed(lists=[{"name": "Hold"}, {"name": "News"}])["lists"][0])


def told(account: FakeAccount, hold: str) -> dict[str, bool]:
    return {each.name: each.excludes_list for each in account.open().sendings(hold)}


def test_live_flows_are_told_with_whether_they_leave_out_the_list(klaviyo, hold):
    guarded = {"profile_filter": condition([outside(hold)])}
    archived = {"name": "Archived", "status": "live", "archived": True}
    klaviyo.seed(
        flows=[
            {"name": "Guarded", "status": "live", "definition": guarded},
            {"name": "Open", "status": "live"},
            {"name": "Draft", "status": "draft"},
            archived,
        ]
    )

    assert told(klaviyo, hold) == {"Guarded": True, "Open": False}


def test_waiting_campaigns_of_both_channels_are_told(klaviyo, hold):
    audiences = {"included": ["News"], "excluded": []}
    klaviyo.seed(
        campaigns=[
            {"name": "Guarded", "audiences": {**audiences, "excluded": [hold]}},
            {"name": "Scheduled", "audiences": audiences, "status": "Scheduled"},
            {"name": "Text", "audiences": audiences, "channel": "sms"},
            {"name": "Running", "audiences": audiences, "status": "Sending"},
            {"name": "Sent", "audiences": audiences, "status": "Sent"},
        ]
    )

    assert told(klaviyo, hold) == {"Guarded": True, "Scheduled": False, "Text": False, "Running": False}


def test_what_was_scheduled_says_since_when_its_recipients_are_fixed(klaviyo, hold):
    audiences = {"included": ["News"], "excluded": [hold]}
    klaviyo.control("POST", "clock", {"now": "2031-05-14T10:00:00"})
    names = {"Plan": "Draft", "Sale": "Scheduled", "Launch": "Sending"}
    klaviyo.seed(
        campaigns=[{"name": name, "audiences": audiences, "status": status} for name, status in names.items()]
    )

    found = {each.name: each for each in klaviyo.open().sendings(hold)}

    assert {name: each.frozen_at is not None for name, each in found.items()} == {
        "Plan": False,
        "Sale": True,
        "Launch": True,
    }
    assert found["Sale"].frozen_at.replace(microsecond=0) == datetime(2031, 5, 14, 10, tzinfo=UTC)
    assert {name for name, each in found.items() if each.is_running} == {"Launch"}


def test_more_flows_than_the_rate_limit_lets_through_are_read_in_several_goes(klaviyo, hold):
    klaviyo.control("POST", "clock", {"now": "2031-05-14T10:00:00"})
    klaviyo.seed(flows=[{"name": f"Flow {each}", "status": "live"} for each in range(8)])
    klaviyo.control("POST", "clock", {"now": "2031-05-14T11:00:00"})
    tries = 0
    found: dict[str, bool] = {}
    while not found:
        tries += 1
        klaviyo.control("POST", "clock", {"now": f"2031-05-14T11:00:0{tries}"})
        with suppress(TryLater):
            found = told(klaviyo, hold)

    assert len(found) == 8
    assert 1 < tries < 6


def test_a_flow_is_read_once_until_it_is_changed(klaviyo, hold):
    klaviyo.control("POST", "limits", {"on": False})
    klaviyo.seed(flows=[{"name": "Open", "status": "live"}])
    klaviyo.control("POST", "clock", {"now": "2031-05-14T10:00:00"})
    assert [told(klaviyo, hold) for _ in range(2)] == [{"Open": False}] * 2
    assert len(klaviyo.requests("definition")) == 1

    klaviyo.control("POST", "clock", {"now": "2031-05-14T10:10:00"})
    (flow,) = klaviyo.state()["flows"]
    (action,) = flow["definition"]["actions"]
    action["data"]["message"]["additional_filters"] = condition([outside(hold)])
    body = {"data": {"type": "flow-action", "id": action["id"], "attributes": {"definition": action}}}
    klaviyo.open().client.patch(f"/api/flow-actions/{action['id']}", json=body)

    assert told(klaviyo, hold) == {"Open": True}

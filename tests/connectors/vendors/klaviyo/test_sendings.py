"""Which flows and campaigns leave out a list, read the careful way."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.types import Sending
from connectors.vendors.klaviyo.sendings import excludes, flow_sending

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

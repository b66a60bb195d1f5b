"""A live rule that its store's tools leave alone is told of, until they do not."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from connectors.models import Connection, Store
from orchestrator.act import reconcile
from orchestrator.models import Attention, OutboxAction, RunLogEntry, VendorState
from orchestrator.record import codes, lacks
from rules import publish
from rules.models import Rule
from tests.scene import at, client, connection, hear, live_rule, ticket

pytestmark = pytest.mark.django_db

THEN = [
    {"action": "set_property", "with": {"name": "a", "value": 1}},
    {"action": "send_event", "with": {"metric": "Seen"}},
]


def told(store: Store) -> list[str]:
    rows = Attention.objects.open().filter(store=store, code="rule_lacks").order_by("pk")
    return list(rows.values_list("sentence", flat=True))


def test_a_rule_without_its_tool_goes_live_and_is_told_of_until_it_is_connected(store_without_marketing):
    store = store_without_marketing
    rule = live_rule(store)

    lacks.look(store, at(0))
    before = told(store)
    Connection.objects.create(store=store, vendor="klaviyo")
    lacks.look(store, at(1))

    assert rule.mode == "live"
    assert before == [
        "North Ridge: “ticket_hold live” is live and lacks something. "
        "No marketing tool is connected that could hold people by a list. Connect one."
    ]
    assert told(store) == []


def test_a_tool_that_is_switched_off_counts_as_not_connected():
    store = client()
    live_rule(store)
    Connection.objects.filter(vendor="klaviyo").update(is_enabled=False)

    lacks.look(store, at(0))

    assert len(told(store)) == 1


@pytest.mark.parametrize("mode", ["shadow", "paused", "draft"])
def test_only_live_rules_are_told_of(store_without_marketing, mode):
    rule = live_rule(store_without_marketing, mode="shadow")
    publish.set_mode(rule, mode, now=at(0))

    lacks.look(store_without_marketing, at(0))

    assert told(store_without_marketing) == []


def test_what_a_tool_cannot_do_does_not_go_live(postbox):
    store = client(vendors=["gorgias", "postbox"])
    rule = Rule.objects.create(store=store, name="Hold", recipe="ticket_hold")

    with pytest.raises(ValidationError) as caught:
        publish.set_mode(rule, "live", now=at(0))
    shadow = publish.set_mode(rule, "shadow", now=at(0))

    assert caught.value.message_dict == {
        "mode": [
            "Postbox cannot hold people by a list. It has no lists. "
            "Change the rule so that it does without, or leave it in shadow."
        ]
    }
    assert (shadow.mode, shadow.version) == ("shadow", 1)


def test_a_live_rule_is_not_refused_again_while_nothing_changes(postbox):
    store = client()
    rule = live_rule(store)
    Connection.objects.filter(vendor="klaviyo").update(vendor="postbox")

    assert not publish.set_mode(rule, "live", now=at(0)).is_change
    rule.params = {"grace_minutes": 9}
    rule.save()
    with pytest.raises(ValidationError):
        publish.set_mode(rule, "live", now=at(1))


def test_a_rule_that_lost_its_tool_is_told_of_and_its_holds_are_not_possible(postbox):
    store = client()
    live_rule(store)
    Connection.objects.filter(vendor="klaviyo").update(vendor="postbox")
    row = connection(store, "postbox")
    row.seal({"key": "k"})
    row.save()

    hear(store, ticket())
    lacks.look(store, at(1))
    reconcile.drive(connection(store, "postbox"), at(2))

    assert "Postbox cannot hold people by a list." in told(store)[0]
    state = VendorState.objects.get()
    assert (state.state, state.because) == ("not_possible", "this tool cannot hold in this way")


def test_an_action_that_its_tool_cannot_do_is_not_planned_but_told(postbox):
    store = client()
    live_rule(store, "custom", when="ticket.opened", then=THEN)
    Connection.objects.filter(vendor="klaviyo").update(vendor="postbox")

    hear(store, ticket())

    entry = RunLogEntry.objects.get(kind="action")
    assert codes.sentence(entry) == (
        "Could not: Set the marketing property “a”. Postbox cannot keep properties of people"
    )
    assert OutboxAction.objects.get().action == "send_event"


@pytest.fixture
def store_without_marketing() -> Store:
    return client(vendors=["gorgias"])

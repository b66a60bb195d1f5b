"""From a ticket's snapshot to the ledger and the wish for the hold list."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.models import InboxEvent, OutboxAction, RunLogEntry, Suppression, VendorState
from orchestrator.work import decide_new
from rules import publish
from rules.models import Rule
from tests.scene import at, client, connection, hear, held, live_rule, ticket, wanted_on_list

pytestmark = pytest.mark.django_db


def codes(store, **filters):
    rows = RunLogEntry.objects.filter(store=store, **filters).order_by("id")
    return list(rows.values_list("code", flat=True))


def test_open_ticket_holds_its_customer():
    store = client()
    live_rule(store)

    hear(store, ticket())

    assert held(store) == wanted_on_list(store) == {"ana@shop.test"}
    assert "hold_opened" in codes(store)


def test_closing_the_last_ticket_releases():
    store = client()
    live_rule(store)
    hear(store, ticket(1), ticket(2, minutes=1))

    hear(store, ticket(1, minutes=2, is_open=False))
    after_first = held(store)
    hear(store, ticket(2, minutes=3, is_open=False))

    assert after_first == {"ana@shop.test"}
    assert held(store) == wanted_on_list(store) == set()


def test_same_event_twice_is_counted_once():
    store = client()
    live_rule(store)

    hear(store, ticket(), ticket())
    hear(store, ticket())

    assert Suppression.objects.count() == 1
    assert codes(store, kind="event") == ["event_heard"]


def test_late_opening_does_not_reopen_a_closed_ticket():
    store = client()
    live_rule(store)
    hear(store, ticket(minutes=5, is_open=False))

    hear(store, ticket(minutes=0))

    assert held(store) == set()
    assert codes(store, code="event_stale") == ["event_stale"]


def test_two_stories_with_one_stamp_are_read_again():
    store = client()
    live_rule(store)
    hear(store, ticket(minutes=1))

    hear(store, ticket(minutes=1, is_open=False))

    assert InboxEvent.objects.filter(state=InboxEvent.State.REREAD).count() == 1
    assert held(store) == {"ana@shop.test"}


def test_the_second_reading_wins():
    store = client()
    live_rule(store)
    hear(store, ticket(minutes=1))

    hear(store, ticket(minutes=1, is_open=False), origin=InboxEvent.Origin.REREAD)

    assert held(store) == set()


def test_grace_keeps_the_hold_until_it_is_over():
    store = client()
    live_rule(store, grace_minutes=30)
    hear(store, ticket())

    hear(store, ticket(minutes=10, is_open=False), now=at(11))
    during = held(store)
    decide_new(at(41))

    assert during == {"ana@shop.test"}
    assert held(store) == wanted_on_list(store) == set()


def test_reopening_during_the_grace_keeps_the_hold():
    store = client()
    live_rule(store, grace_minutes=30)
    hear(store, ticket(), ticket(minutes=10, is_open=False), now=at(11))

    hear(store, ticket(minutes=20), now=at(21))
    decide_new(at(60))

    assert held(store) == {"ana@shop.test"}
    assert "hold_reopened" in codes(store)


def test_maximum_age_ends_the_hold_with_an_alarm():
    store = client()
    live_rule(store, max_age_days=1)
    hear(store, ticket())

    decide_new(at(24 * 60 + 1))

    assert held(store) == set()
    assert store.attention.open().get().code == "hold_expired"


def test_open_and_close_before_sending_costs_no_call():
    store = client()
    live_rule(store)

    hear(store, ticket(), ticket(minutes=1, is_open=False))

    assert not VendorState.objects.filter(due_at__isnull=False).exists()


def test_trashed_spam_and_outbound_tickets_hold_nobody():
    store = client()
    live_rule(store)

    hear(store, ticket(1, is_gone=True), ticket(2, is_spam=True), ticket(3, is_outbound=True))

    assert held(store) == set()


def test_shadow_tells_and_does_nothing():
    store = client()
    live_rule(store, mode="shadow")

    hear(store, ticket())

    assert held(store) == set()
    assert codes(store, outcome="would") == ["decided_would", "went_on_in_shadow"]


def test_paused_rule_opens_nothing_but_releases():
    store = client()
    rule = live_rule(store)
    hear(store, ticket(1))
    publish.set_mode(rule, "paused", now=at(2))

    hear(store, ticket(2, minutes=3, email="ben@shop.test"), ticket(1, minutes=4, is_open=False))

    assert held(store) == set()


def test_going_live_holds_who_waits_already():
    store = client()
    rule = live_rule(store, mode="shadow")
    hear(store, ticket(1), ticket(2, email="ben@shop.test", is_open=False))

    publish.set_mode(rule, "live", now=at(5))
    decide_new(at(5))

    assert held(store) == {"ana@shop.test"}


def test_retiring_a_rule_closes_its_causes():
    store = client()
    rule = live_rule(store)
    hear(store, ticket())

    publish.set_mode(rule, "draft", now=at(5))
    decide_new(at(5))

    assert held(store) == wanted_on_list(store) == set()


def test_all_noes_of_one_event_are_one_row():
    store = client()
    live_rule(store, channels=["chat"])
    sms_only: dict[str, Any] = {"if": {"field": "ticket.channel", "op": "eq", "value": "sms"}}
    live_rule(store, "custom", when="ticket.opened", then=[], **sms_only)

    hear(store, ticket())

    row = RunLogEntry.objects.get(code="decided_no")
    assert {each["reason"] for each in row.details["noes"]} == {"channel_not_listed", "conditions_not_met"}


def test_message_is_planned_once_and_history_sends_none():
    store = client()
    then = [{"action": "tag_ticket", "with": {"tag": "held"}}]
    live_rule(store, "custom", when="ticket.opened", then=then)

    hear(store, ticket(1), ticket(1))
    hear(store, ticket(1))
    hear(store, ticket(2), origin=InboxEvent.Origin.IMPORT)

    assert OutboxAction.objects.get().action == "tag_ticket"


def test_missing_connection_is_shown():
    store = client(vendors=["gorgias"])
    then = [{"action": "send_event", "with": {"metric": "Ticket opened"}}]
    live_rule(store, "custom", when="ticket.opened", then=then)

    hear(store, ticket())

    assert store.attention.open().get().code == "no_connection"


@pytest.mark.parametrize("events", [1, 40])
def test_a_batch_takes_a_constant_number_of_queries(events, django_assert_max_num_queries):
    store = client()
    live_rule(store)
    connection(store, "gorgias")
    tickets = [ticket(number, email=f"person{number}@shop.test") for number in range(events)]

    with django_assert_max_num_queries(50):  # PostgreSQL copies a crowd between two savepoints
        hear(store, *tickets)

    assert len(held(store)) == events


def test_our_own_note_does_not_set_off_the_rule_again():
    store = client()
    note = [{"action": "internal_note", "with": {"text": "Looked at."}}]
    live_rule(store, "custom", when="ticket.changed", then=note)
    hear(store, ticket(minutes=0), ticket(minutes=1, subject="Still waiting"))

    hear(store, ticket(minutes=2, subject="Still waiting"))

    assert OutboxAction.objects.count() == 1


def test_rule_that_holds_in_another_way_from_now_on_moves_whom_it_holds():
    store = client()
    rule = live_rule(store)
    hear(store, ticket(1), ticket(2, email="ben@shop.test"))

    rule.params = {"method": "global"}
    rule.save()
    publish.set_mode(rule, "live", now=at(5))
    decide_new(at(6))
    moved = wanted_on_list(store), wanted_globally(store)
    hear(store, ticket(1, minutes=7, is_open=False), now=at(8))

    assert moved == (set(), {"ana@shop.test", "ben@shop.test"})
    assert held(store) == wanted_globally(store) == {"ben@shop.test"}
    assert wanted_on_list(store) == set()
    assert set(Suppression.objects.open().values_list("method", flat=True)) == {"hold_global"}


def test_two_rules_that_hold_in_two_ways_each_keep_theirs():
    store = client()
    live_rule(store)
    strict = Rule.objects.create(
        store=store, name="Strict", recipe="ticket_hold", params={"method": "global", "tags": ["angry"]}
    )
    publish.set_mode(strict, "live", now=at(-30))

    hear(store, ticket(1, tags=("angry",)))
    both = wanted_on_list(store), wanted_globally(store)
    publish.set_mode(strict, "draft", now=at(3))
    decide_new(at(4))

    assert both == ({"ana@shop.test"}, {"ana@shop.test"})
    assert (wanted_on_list(store), wanted_globally(store)) == ({"ana@shop.test"}, set())


def wanted_globally(store):
    rows = VendorState.objects.filter(connection__store=store, key="hold_global", wanted=True)
    return set(rows.values_list("subject", flat=True))

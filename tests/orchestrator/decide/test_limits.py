"""Limits of a rule at work: what is over them comes later, or waits for a person's yes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connectors.types import TicketSnapshot
from orchestrator import work
from orchestrator.act import approvals, outbox, stops
from orchestrator.decide import drain
from orchestrator.intake import inbox
from orchestrator.models import Approval, Attention, InboxEvent, OutboxAction, RunLogEntry
from rules import publish
from rules.models import Rule
from tests import scene
from tests.scene import at

pytestmark = pytest.mark.django_db

NOTE = {"when": "ticket.opened", "then": [{"action": "internal_note", "with": {"text": "Seen."}}]}
State = OutboxAction.State
Answer = Approval.Answer


def limited(mode: str = "live", recipe: str = "custom", **limits: int) -> Rule:
    """A rule that writes one note for each customer who opens a ticket."""
    rule = scene.live_rule(scene.client(), recipe, mode, **(NOTE if recipe == "custom" else {}))
    Rule.objects.filter(pk=rule.pk).update(**limits)
    return rule


def tickets(*numbers: int, minutes: float = 0) -> list[TicketSnapshot]:
    return [
        scene.ticket(each, minutes, email=f"c{each}@shop.test", created_at=at(minutes)) for each in numbers
    ]


def hear(rule: Rule, told: Iterable[TicketSnapshot], minutes: float = 1) -> None:
    scene.hear(rule.store, *told, now=at(minutes))


def plans() -> list[tuple[str, float]]:
    """State and minute of each effect."""
    rows = OutboxAction.objects.order_by("planned_for", "pk")
    return [(row.state, (row.planned_for - at(0)).total_seconds() / 60) for row in rows]


def states() -> list[str]:
    return sorted(OutboxAction.objects.values_list("state", flat=True))


def answer(said: Approval.Answer, minutes: float = 5) -> None:
    row = Approval.objects.open().select_related("rule", "store").get()
    approvals.answer(row, said, by="maya", now=at(minutes), because="Checked.")
    work.decide_new(at(minutes))


def test_what_is_over_the_hourly_limit_comes_later_and_is_told_once():
    rule = limited(customers_per_hour=2)

    hear(rule, tickets(1, 2, 3, 4, 5))
    hear(rule, tickets(6, minutes=2), minutes=2)

    assert plans() == [("waiting", minute) for minute in (1, 1, 61, 61, 121, 121)]
    assert RunLogEntry.objects.filter(code="action_capped", details__reason="hourly_cap").count() == 4
    assert OutboxAction.objects.filter(is_rechecked=True).count() == 4


def test_doubled_and_shuffled_events_count_once():
    rule = limited(customers_per_hour=3, approve_above=4)
    told = tickets(*range(1, 7)) * 2
    told = told[::2] + told[1::2][::-1]

    hear(rule, told[:6])
    hear(rule, told[6:])
    hear(rule, told)

    assert states() == ["parked"] * 2 + ["waiting"] * 4
    assert sorted(minute for state, minute in plans() if state == "waiting") == [1, 1, 1, 61]
    assert (Approval.objects.get().customers, Approval.objects.get().actions) == (2, 2)


def test_two_batches_count_as_one():
    rule = limited(approve_above=3)

    hear(rule, tickets(1, 2))
    hear(rule, tickets(3, 4, minutes=3), minutes=4)
    hear(rule, tickets(5, minutes=62), minutes=63)

    assert states() == ["parked"] + ["waiting"] * 4
    parked = OutboxAction.objects.get(state="parked")
    assert parked.subject == "c4@shop.test"
    assert Approval.objects.get().limit == "approve_above"


def test_the_share_is_of_the_customers_that_are_known():
    rule = limited(share_of_customers=50)

    hear(rule, tickets(1, 2, 3, 4))

    assert states() == ["parked"] * 2 + ["waiting"] * 2
    assert Approval.objects.get().limit == "share_of_customers"


def test_parked_work_is_shown_and_never_sent_by_itself():
    rule = limited(approve_above=1)

    hear(rule, tickets(1, 2, 3))

    alarm = Attention.objects.open().get(code="approval_waiting")
    assert "reach 2 customers with 2 messages" in alarm.sentence
    due = outbox.claim(scene.connection(rule.store, "gorgias"), at(10))
    assert [row.subject for row in due] == ["c1@shop.test"]
    assert RunLogEntry.objects.filter(code="action_parked").count() == 2
    assert RunLogEntry.objects.filter(code="approval_asked").count() == 1


def test_approved_work_goes_out_and_the_count_begins_anew():
    rule = limited(approve_above=2)
    hear(rule, tickets(1, 2, 3, 4))

    answer(Answer.APPROVED)
    hear(rule, tickets(5, 6, minutes=6), minutes=7)

    assert states() == ["waiting"] * 6
    assert plans()[2:4] == [("waiting", 5)] * 2
    assert not Attention.objects.open().exists()
    line = RunLogEntry.objects.get(code="approval_approved")
    assert (line.kind, line.details["by"], line.details["because"]) == ("staff", "maya", "Checked.")
    assert Approval.objects.get().done_at == at(5)


def test_approved_work_keeps_to_the_hourly_limit():
    rule = limited(approve_above=1, customers_per_hour=1)
    hear(rule, tickets(1, 2, 3))

    answer(Answer.APPROVED)

    assert plans() == [("waiting", minute) for minute in (1, 61, 121)]


def test_approved_work_that_something_newer_has_overtaken_is_left_out():
    rule = limited(approve_above=1)
    hear(rule, tickets(1, 2))
    parked = OutboxAction.objects.get(state="parked")
    OutboxAction.objects.update(setting="priority of one ticket")
    newer = OutboxAction.objects.create(
        store=parked.store,
        connection=parked.connection,
        key="newer",
        setting="priority of one ticket",
        planned_for=at(3),
        due_at=at(3),
        created_at=at(3),
    )

    answer(Answer.APPROVED)

    parked.refresh_from_db()
    assert (parked.state, parked.because) == ("skipped", "something newer was decided for the same thing")
    assert OutboxAction.objects.get(pk=newer.pk).state == "waiting"


def test_a_limit_that_was_taken_away_meanwhile_does_not_keep_the_question_from_its_end():
    rule = limited(approve_above=1)
    hear(rule, tickets(1, 2))
    Rule.objects.update(approve_above=None)

    work.decide_new(at(25 * 60))

    assert Approval.objects.get().answer == "expired"
    assert "skipped" in states()


def test_rejected_work_is_left_out_with_its_own_code():
    rule = limited(approve_above=1)
    hear(rule, tickets(1, 2, 3))

    answer(Answer.REJECTED)

    assert states() == ["skipped"] * 2 + ["waiting"]
    assert OutboxAction.objects.filter(because="a person rejected it").count() == 2
    assert RunLogEntry.objects.filter(code="action_not_approved").count() == 2
    assert Approval.objects.get().decided_by == "maya"


def test_what_nobody_answers_in_a_day_is_left_out_and_told():
    rule = limited(approve_above=1)
    hear(rule, tickets(1, 2, 3))

    work.decide_new(at(24 * 60))
    before = states()
    work.decide_new(at(24 * 60 + 2))

    assert before == ["parked"] * 2 + ["waiting"]
    assert states() == ["skipped"] * 2 + ["waiting"]
    assert Approval.objects.get().answer == "expired"
    assert [row.code for row in Attention.objects.open()] == ["approval_expired"]
    assert RunLogEntry.objects.filter(code="approval_expired").count() == 1


def test_an_answer_counts_once():
    rule = limited(approve_above=1)
    hear(rule, tickets(1, 2))
    row = Approval.objects.get()

    said = [approvals.answer(row, each, by="maya", now=at(2)) for each in (Answer.REJECTED, Answer.APPROVED)]
    work.decide_new(at(3))

    assert said == [True, False]
    assert "skipped" in states()


def test_what_comes_after_the_answer_asks_anew():
    rule = limited(approve_above=1)
    hear(rule, tickets(1, 2))
    approvals.answer(Approval.objects.get(), Answer.REJECTED, by="maya", now=at(2))

    hear(rule, tickets(3, minutes=2), minutes=3)
    work.decide_new(at(4))

    assert states() == ["parked", "skipped", "waiting"]
    assert Approval.objects.open().count() == 1


def test_approving_while_the_rule_is_stopped_sends_nothing_until_the_stop_ends():
    rule = limited(approve_above=1)
    hear(rule, tickets(1, 2))
    stop = stops.stop(because="Look first.", by="maya", now=at(2), rule=rule)
    gorgias = scene.connection(rule.store, "gorgias")

    answer(Answer.APPROVED)
    while_stopped = outbox.claim(gorgias, at(6))
    assert stop is not None
    stops.lift(stop, by="maya", now=at(7))

    assert while_stopped == []
    assert len(outbox.claim(gorgias, at(8))) == 2


@pytest.mark.parametrize("mode", ["draft", "shadow"])
def test_a_rule_that_is_taken_back_ends_what_it_parked(mode: str):
    rule = limited(approve_above=1)
    hear(rule, tickets(1, 2))

    publish.set_mode(rule, mode, now=at(2))
    work.decide_new(at(3))

    assert states() == ["skipped", "waiting"]
    assert Approval.objects.get().answer == "withdrawn"
    assert not Attention.objects.open().filter(code="approval_waiting").exists()


def test_a_shadow_rule_has_nothing_to_limit():
    hear(limited("shadow", approve_above=1), tickets(1, 2))

    assert not OutboxAction.objects.exists()
    assert not Approval.objects.exists()


def test_holds_of_single_events_are_never_parked():
    rule = limited(recipe="ticket_hold", approve_above=1)

    hear(rule, tickets(1, 2, 3))

    assert scene.held(rule.store) == {f"c{number}@shop.test" for number in (1, 2, 3)}
    assert not Approval.objects.exists()


def queries(rule: Rule, first: int, count: int, minutes: float) -> Counter[str]:
    """What is read of the tables, by the beginning of each statement."""
    inbox.accept(
        scene.connection(rule.store, "gorgias"),
        tickets(*range(first, first + count), minutes=minutes),
        origin=InboxEvent.Origin.WEBHOOK,
        now=at(minutes),
    )
    with CaptureQueriesContext(database) as caught:
        drain.drain(rule.store, at(minutes))

    return Counter(each["sql"][:60] for each in caught if each["sql"].startswith("SELECT"))


def test_counting_costs_the_same_for_few_and_many_and_nothing_without_limits():
    rule = limited()
    hear(rule, tickets(1))  # it has gone live
    free = queries(rule, 100, 2, minutes=1)
    Rule.objects.update(customers_per_hour=5, share_of_customers=100, approve_above=90)
    few, many = queries(rule, 200, 2, minutes=2), queries(rule, 300, 60, minutes=3)

    assert few == many
    assert sum(few.values()) - sum(free.values()) == 7

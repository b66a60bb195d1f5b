"""Going live with limits: whom it would change is counted first, and above a limit a person is asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.models import Store
from connectors.types import TicketSnapshot
from orchestrator import work
from orchestrator.act import approvals
from orchestrator.models import Approval, RunLogEntry
from rules import publish
from rules.models import Rule
from tests import scene
from tests.scene import at

pytestmark = pytest.mark.django_db

Answer = Approval.Answer


def tickets(numbers: Sequence[int], minutes: float = 0) -> list[TicketSnapshot]:
    return [scene.ticket(each, minutes, email=f"c{each}@shop.test") for each in numbers]


def answer(said: Approval.Answer, minutes: float) -> None:
    row = Approval.objects.open().select_related("rule", "store").get()
    approvals.answer(row, said, by="maya", now=at(minutes))
    work.decide_new(at(minutes))


def going_live(count: int, **limits: int) -> Rule:
    """So many tickets wait for an answer when the rule is switched on."""
    store: Store = scene.client()
    scene.hear(store, *tickets(range(1, count + 1)))
    rule = Rule.objects.create(store=store, name="Hold", recipe="ticket_hold", **limits)
    publish.set_mode(rule, "live", now=at(10))
    work.decide_new(at(11))
    return rule


def test_going_live_on_many_waits_for_a_yes_and_then_proceeds():
    rule = going_live(500, approve_above=100)
    asked, before = Approval.objects.get(), scene.held(rule.store)
    scene.hear(rule.store, *tickets([501], minutes=12), now=at(12))

    answer(Answer.APPROVED, minutes=20)

    assert (asked.about, asked.customers, before) == ("going_live", 500, set())
    assert len(scene.held(rule.store)) == 501
    assert RunLogEntry.objects.get(code="pass_finished").details["count"] >= 500
    assert Approval.objects.get().done_at == at(20)
    rule.refresh_from_db()
    assert rule.pass_due_at is None


def test_going_live_within_the_limit_asks_nobody():
    rule = going_live(3, approve_above=3)

    assert len(scene.held(rule.store)) == 3
    assert not Approval.objects.exists()


@pytest.mark.parametrize("said", [Answer.REJECTED, Answer.EXPIRED])
def test_going_live_that_is_not_approved_leaves_what_is_so_and_goes_on_from_there(said: Approval.Answer):
    rule = going_live(3, share_of_customers=50)

    if said == Answer.REJECTED:
        answer(said, minutes=20)
    work.decide_new(at(25 * 60))
    scene.hear(rule.store, *tickets([4], minutes=25 * 60), now=at(25 * 60 + 1))

    assert scene.held(rule.store) == {"c4@shop.test"}
    assert Approval.objects.get().answer == said


def test_a_rule_that_is_set_back_before_anybody_answered_holds_nobody():
    rule = going_live(3, approve_above=1)

    publish.set_mode(rule, "draft", now=at(12))
    work.decide_new(at(13))

    assert Approval.objects.get().answer == "withdrawn"
    assert scene.held(rule.store) == set()

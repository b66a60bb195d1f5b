"""The evaluator: who is asked, what a mode and a date allow, and what a failure becomes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django import forms

from connectors.types import Transition
from rules import engine
from rules.compiled import CompiledRule
from rules.decision import Answer, Hold, Release
from rules.facts import Facts
from tests.rules.examples import ANA, NOW, cause, change, facts, rule, ticket

SEEN = {"action": "tag_ticket", "with": {"tag": "seen"}}
TAG = {"when": "ticket.opened", "then": [SEEN]}
LATE_TAG = {"when": "ticket.opened", "then": [{**SEEN, "after": "PT2H"}]}
CHAT_ONLY = {**TAG, "if": {"all": [{"field": "ticket.channel", "op": "eq", "value": "chat"}]}}


class Failing:
    """A recipe with a bug that quotes a customer."""

    slug = "failing"
    label = "Failing"
    Params = forms.Form

    def hears(self, params: Mapping[str, Any]) -> frozenset[Transition]:
        return frozenset(Transition)

    def wants(self, params: Mapping[str, Any]) -> frozenset[str]:
        return frozenset()

    def sentence(self, params: Mapping[str, Any]) -> str:
        return "Fails."

    def decide(self, known: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
        raise KeyError(ANA)


def verdict(compiled: CompiledRule, known: Facts | None = None) -> engine.Verdict:
    (found,) = engine.decide([compiled], known or facts())
    return found


def reasons(found: engine.Verdict) -> list[str]:
    assert found.decisions == ()
    return [no.reason for no in found.noes]


def test_only_rules_that_hear_the_change_are_asked():
    hold, tag = rule("ticket_hold"), rule("custom", TAG)

    opened = engine.decide([hold, tag], facts())
    closed = engine.decide([hold, tag], facts(change=change(Transition.TICKET_CLOSED)))

    assert [each.rule for each in opened] == [hold, tag]
    assert [each.rule for each in closed] == [hold]


@pytest.mark.parametrize(
    ("mode", "asked"), [("draft", False), ("shadow", True), ("live", True), ("paused", True)]
)
def test_a_draft_is_never_asked(mode, asked):
    assert bool(engine.decide([rule("ticket_hold", mode=mode)], facts())) is asked


def test_a_rulebook_finds_rules_by_what_they_hear():
    hold, tag = rule("ticket_hold"), rule("custom", CHAT_ONLY)
    book = engine.Rulebook([hold, tag, rule("custom"), rule("ticket_hold", mode="draft")])

    assert book.hearing(Transition.TICKET_OPENED) == (hold, tag)
    assert book.hearing(Transition.TICKET_CLOSED) == (hold,)
    assert book.hearing(Transition.ORDER_PAID) == ()


def test_a_rulebook_wants_what_its_running_rules_want():
    picky = rule("ticket_hold", {"intents": ["return/request"]})

    assert engine.Rulebook([rule("ticket_hold"), picky]).wants() == {"ticket.intents"}
    assert engine.Rulebook([msgspec.structs.replace(picky, mode="draft")]).wants() == frozenset()
    assert engine.Rulebook([]).wants() == frozenset()


def test_a_recipe_sees_the_open_causes_of_its_own_rule_only():
    known = facts(ticket=ticket(is_open=False), causes={7: (cause(),)})

    own, other = verdict(rule("ticket_hold", rule_id=7), known), verdict(rule("ticket_hold"), known)

    assert [type(each.effect) for each in own.decisions] == [Release]
    assert reasons(other) == ["ticket_closed"]


def test_a_rule_in_shadow_decides_as_if_it_had_been_live_for_ever():
    book = engine.Rulebook([rule("custom", TAG), rule("custom", TAG, rule_id=2, mode="shadow", live_at=None)])

    (at_work,), (in_shadow,) = book.at_work().rules, book.in_shadow().rules

    assert (at_work.rule_id, at_work.mode) == (1, "live")
    assert (in_shadow.rule_id, in_shadow.mode) == (2, "live")
    assert verdict(in_shadow).decisions == verdict(at_work).decisions


def test_a_paused_rule_opens_nothing_and_sends_nothing():
    assert reasons(verdict(rule("ticket_hold", mode="paused"))) == ["paused"]
    assert reasons(verdict(rule("custom", TAG, mode="paused"))) == ["paused"]


def test_a_paused_rule_still_releases():
    known = facts(ticket=ticket(is_open=False), causes={1: (cause(),)})

    found = verdict(rule("ticket_hold", mode="paused"), known)

    assert [type(each.effect) for each in found.decisions] == [Release]


@pytest.mark.parametrize("mode", ["live", "shadow"])
def test_history_that_is_read_in_is_not_messaged_about(mode):
    found = verdict(rule("custom", TAG, mode=mode), facts(change=change(is_import=True)))

    assert reasons(found) == ["from_import"]
    assert found.noes[0].seen == {"action": "tag_ticket", "key": "0:tag_ticket"}


def test_what_happened_before_the_rule_was_live_is_not_messaged_about():
    before = rule("custom", TAG, live_at=NOW + timedelta(microseconds=1))

    assert reasons(verdict(before)) == ["before_live"]
    assert verdict(rule("custom", TAG, live_at=NOW)).decisions
    assert reasons(verdict(rule("custom", TAG, live_at=None))) == ["before_live"]


def test_a_message_more_than_a_day_late_is_not_sent():
    day = timedelta(hours=24)
    late = timedelta(microseconds=1)

    assert verdict(rule("custom", TAG), facts(now=NOW + day)).decisions
    assert reasons(verdict(rule("custom", TAG), facts(now=NOW + day + late))) == ["too_late"]
    two_hours = timedelta(hours=2)
    assert verdict(rule("custom", LATE_TAG), facts(now=NOW + day + two_hours)).decisions
    assert reasons(verdict(rule("custom", LATE_TAG), facts(now=NOW + day + two_hours + late))) == ["too_late"]


@pytest.mark.parametrize(
    "known",
    [
        facts(change=change(is_import=True)),
        facts(change=change(at=NOW - timedelta(days=800))),
        facts(now=NOW + timedelta(days=3)),
    ],
)
def test_holds_follow_the_state_of_things_however_old_the_news_is(known):
    assert [type(each.effect) for each in verdict(rule("ticket_hold"), known).decisions] == [Hold]


def test_a_recipe_that_fails_is_seen_and_the_others_go_on(caplog):
    failing = msgspec.structs.replace(rule("ticket_hold"), recipe=Failing(), hears=frozenset(Transition))

    with caplog.at_level(logging.ERROR):
        broken, fine = engine.decide([failing, rule("ticket_hold")], facts())

    assert [(no.reason, no.is_unreadable, no.seen) for no in broken.noes] == [
        ("recipe_failed", True, {"error": "KeyError"})
    ]
    assert fine.decisions


def test_the_log_of_a_failure_names_the_place_and_no_customer(caplog):
    failing = msgspec.structs.replace(rule("ticket_hold"), recipe=Failing())

    with caplog.at_level(logging.ERROR):
        verdict(failing)

    assert "KeyError" in caplog.text
    assert "test_engine.py" in caplog.text
    assert ANA not in caplog.text


def test_a_message_is_still_wanted_while_its_conditions_hold():
    answer: Any = engine.still_wanted(rule("custom", LATE_TAG), facts(), "0:tag_ticket")

    assert answer.effect.key == "0:tag_ticket"


def test_a_message_is_dropped_with_the_reason_that_speaks_against_it_now():
    compiled = rule("custom", {**CHAT_ONLY, "then": LATE_TAG["then"]})

    answer: Any = engine.still_wanted(compiled, facts(ticket=ticket(channel="email")), "0:tag_ticket")

    assert answer.reason == "conditions_not_met"


def test_a_message_that_the_rule_does_not_know_is_no_longer_wanted():
    answer: Any = engine.still_wanted(rule("custom", TAG), facts(), "3:alert")

    assert answer.reason == "no_longer_wanted"


@pytest.mark.parametrize(
    ("mode", "reason"), [("paused", "paused"), ("shadow", "not_live"), ("draft", "not_live")]
)
def test_a_rule_that_is_not_live_any_more_sends_nothing(mode, reason):
    answer: Any = engine.still_wanted(rule("custom", TAG, mode=mode), facts(), "0:tag_ticket")

    assert answer.reason == reason


def test_the_age_of_a_change_is_judged_when_a_message_is_planned_not_when_it_is_sent():
    week_later = facts(now=NOW + timedelta(days=7))
    compiled = rule("custom", TAG, live_at=NOW + timedelta(days=1))

    answer: Any = engine.still_wanted(compiled, week_later, "0:tag_ticket")

    assert answer.effect.key == "0:tag_ticket"

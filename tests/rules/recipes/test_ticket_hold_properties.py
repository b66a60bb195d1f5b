"""Whatever the ticket and the ledger say: deciding again changes nothing, and the end is right."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.types import Person, Transition
from rules.decision import Answer, Hold
from rules.facts import Facts
from tests.rules.examples import ANA, NOW, cause, change, facts, ticket
from tests.rules.recipes.test_ticket_hold import BO, decide, effects

TICKETS = st.builds(
    lambda emails, minutes, **flags: ticket(
        customer=Person(emails=tuple(sorted(emails))), source_at=NOW + timedelta(minutes=minutes), **flags
    ),
    st.sets(st.sampled_from([ANA, BO])),
    st.integers(-60, 60),
    is_open=st.booleans(),
    is_spam=st.booleans(),
    is_gone=st.booleans(),
    channel=st.sampled_from(["email", "chat"]),
)
CAUSES = st.builds(
    lambda subject, minutes, release: cause(
        subject=subject, source_at=NOW + timedelta(minutes=minutes), release_at=release
    ),
    st.sampled_from([ANA, BO]),
    st.integers(-120, 60),
    st.none() | st.just(NOW + timedelta(minutes=15)),
)


def applied(known: Facts, answers: list[Answer]) -> Facts:
    """The facts after the ledger took these effects in."""
    causes = {each.subject: each for each in known.own_causes}
    for effect in effects(answers):
        before = causes.get(effect.subject)
        if before and before.source_at > effect.source_at:
            continue
        if isinstance(effect, Hold):
            causes[effect.subject] = cause(subject=effect.subject, source_at=effect.source_at)
        elif effect.at <= known.now:
            causes.pop(effect.subject, None)
        else:
            causes[effect.subject] = cause(
                subject=effect.subject, source_at=effect.source_at, release_at=effect.at
            )
    return facts(
        change=change(Transition.TICKET_CHANGED),
        now=known.now,
        ticket=known.ticket,
        own_causes=tuple(causes.values()),
    )


@given(TICKETS, st.lists(CAUSES, max_size=2, unique_by=lambda each: each.subject), st.integers(0, 90))
def test_deciding_again_after_the_effects_changes_nothing(waiting, causes, grace):
    known = facts(ticket=waiting, own_causes=tuple(causes))
    values = {"grace_minutes": grace, "channels": ["email"]}

    once = applied(known, decide(known, **values))
    twice = applied(once, decide(once, **values))

    assert set(twice.own_causes) == set(once.own_causes)


@given(TICKETS, st.lists(CAUSES, max_size=2, unique_by=lambda each: each.subject))
def test_afterwards_those_and_only_those_are_held_who_wait(waiting, causes):
    older = tuple(each for each in causes if each.source_at <= waiting.source_at)
    known = facts(ticket=waiting, own_causes=older, now=NOW + timedelta(hours=2))

    after = applied(known, decide(known, channels=["email"]))

    waits = waiting.needs_care and waiting.channel == "email"
    assert {each.subject for each in after.own_causes} == (set(waiting.customer.emails) if waits else set())

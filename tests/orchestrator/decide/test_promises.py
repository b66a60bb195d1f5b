"""Whatever arrives, however often and in whatever order: the ledger is what the newest stories say."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from connectors.types import Person, TicketSnapshot
from orchestrator.models import InboxEvent, RunLogEntry, Suppression, VendorState
from tests.scene import at, client, hear, held, live_rule, ticket, wanted_on_list
from tests.stories import tried

PEOPLE = ("ana@shop.test", "ben@shop.test", "cleo@shop.test")
STATES: list[dict[str, Any]] = [
    {"is_open": True},
    {"is_open": False},
    {"is_open": True, "is_spam": True},
    {"is_open": True, "is_outbound": True},
    {"is_open": False, "is_gone": True},
]


def handed_about() -> list[list[TicketSnapshot]]:
    """Ana is held; then one batch lets her go, holds her again and lets her go for good."""
    ana, nobody = Person(id="8003", emails=("ana@shop.test",)), Person(id="8003")
    told = [
        ticket(3, minute, customer=who) for minute, who in ((3, ana), (13, nobody), (33, ana), (43, nobody))
    ]
    return [told[:1], told[1:]]


@st.composite
def histories(draw: st.DrawFn) -> list[TicketSnapshot]:
    """Up to four tickets, each with a history: opened, closed, reopened, handed to others, trashed."""
    told = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        for minute in range(draw(st.integers(1, 5))):
            emails = draw(st.lists(st.sampled_from(PEOPLE), min_size=0, max_size=2, unique=True))
            person = Person(id=str(8000 + number), emails=tuple(sorted(emails)))
            told.append(
                ticket(number, minute * 10 + number, customer=person, **draw(st.sampled_from(STATES)))
            )
    return told


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[TicketSnapshot]]:
    """The same stories doubled, shuffled, and arriving in several batches."""
    told = draw(histories())
    doubled = draw(st.permutations(told + draw(st.lists(st.sampled_from(told), max_size=6))))
    cuts = sorted(draw(st.lists(st.integers(0, len(doubled)), max_size=3)))
    edges = [0, *cuts, len(doubled)]
    return [doubled[start:end] for start, end in pairwise(edges)]


def expected(batches: list[list[TicketSnapshot]]) -> set[tuple[str, str]]:
    """Who is held for which ticket, by the newest story of each ticket alone."""
    newest: dict[str, TicketSnapshot] = {}
    for snapshot in (each for batch in batches for each in batch):
        known = newest.get(snapshot.id)
        if known is None or known.source_at < snapshot.source_at:
            newest[snapshot.id] = snapshot
    return {
        (email, f"gorgias:ticket:{each.id}")
        for each in newest.values()
        if each.needs_care
        for email in each.customer.emails
    }


class Promises(TestCase):
    @settings(max_examples=tried(40, 120, 500), suppress_health_check=[HealthCheck.too_slow])
    @given(deliveries())
    @example(handed_about())
    def test_ledger_equals_the_newest_stories(self, batches: list[list[TicketSnapshot]]) -> None:
        store = client()
        live_rule(store)

        for number, batch in enumerate(batches):
            hear(store, *batch, now=at(100 + number))

        open_rows = Suppression.objects.open().values_list("subject", "reference")
        assert set(open_rows) == expected(batches)
        assert len(open_rows) == len(expected(batches))
        assert wanted_on_list(store) == held(store)

    @settings(max_examples=tried(20, 60, 300), suppress_health_check=[HealthCheck.too_slow])
    @given(deliveries())
    def test_doubled_events_are_counted_once(self, batches: list[list[TicketSnapshot]]) -> None:
        store = client()
        live_rule(store)

        for number, batch in enumerate(batches):
            hear(store, *batch, now=at(100 + number))

        told = {(each.id, each.source_at) for batch in batches for each in batch}
        assert InboxEvent.objects.count() == len(told)
        assert RunLogEntry.objects.filter(kind="event").count() == len(told)

    @settings(max_examples=tried(20, 60, 300), suppress_health_check=[HealthCheck.too_slow])
    @given(deliveries())
    def test_nothing_is_due_where_vendor_and_wish_agree(self, batches: list[list[TicketSnapshot]]) -> None:
        store = client()
        live_rule(store)

        for number, batch in enumerate(batches):
            hear(store, *batch, now=at(100 + number))

        for state in VendorState.objects.all():
            assert (state.due_at is not None) == state.wanted

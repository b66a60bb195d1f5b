"""Returns and tickets about them, in any order, doubled: the same is held, and one answer is planned."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from connectors.models import Store
from connectors.types import AnySnapshot, Person, TicketSnapshot
from orchestrator.act import outbox
from orchestrator.decide import due
from orchestrator.models import OutboxAction, RunLogEntry, Suppression
from tests import scene
from tests.orchestrator.decide.shop import Origin, hear, parcel, shop
from tests.scene import at, ticket
from tests.stories import tried

LABEL = "https://shop.test/label.pdf"
ABOUT_IT: dict[str, Any] = {"subject": "I want to return it"}
APPROVED: dict[str, Any] = {"status": "approved", "approved_at": at(2)}
CLOSED: dict[str, Any] = {**APPROVED, "status": "closed", "closed_at": at(4)}


def story(is_over: bool) -> list[AnySnapshot]:
    told: list[AnySnapshot] = [
        parcel(minutes=1),
        parcel(minutes=2, **APPROVED),
        ticket(555, 1, **ABOUT_IT),
        ticket(555, 3, **ABOUT_IT, tags=("later",)),
        ticket(556, 2),
    ]
    ends: list[AnySnapshot] = [parcel(minutes=4, **CLOSED), ticket(555, 5, **ABOUT_IT, is_open=False)]
    return told + ends if is_over else told


def tell(store: Store, *snapshots: AnySnapshot) -> None:
    for each in snapshots:
        (scene.hear if isinstance(each, TicketSnapshot) else hear)(store, each, now=at(10))


def causes(store: Store) -> list[tuple[str, str]]:
    rows = Suppression.objects.open().filter(store=store).order_by("reference")
    return list(rows.values_list("cause", "reference"))


def planned(action: str) -> list[OutboxAction]:
    return list(OutboxAction.objects.filter(action=action))


class AnyOrder(TestCase):
    @settings(max_examples=tried(8, 30, 150))
    @given(st.booleans(), st.data())
    def test_whatever_the_order_the_same_is_held_and_one_answer_planned(
        self, is_over: bool, data: st.DataObject
    ) -> None:
        store = shop()
        scene.live_rule(store, "return_hold", label=LABEL)
        told = story(is_over)
        doubled = told + data.draw(st.lists(st.sampled_from(told), max_size=4))

        tell(store, *data.draw(st.permutations(doubled)))

        under_way = [("return_hold", "gorgias:ticket:555"), ("return_hold", "shopify:return:3")]
        assert causes(store) == ([] if is_over else under_way)
        assert len(planned("reply")) <= 1
        assert len(planned("attach_label")) <= 1
        if not is_over:
            assert [msgspec.json.decode(each.arguments)["ticket_id"] for each in planned("reply")] == ["555"]
            assert len(planned("attach_label")) == 1


@pytest.mark.django_db
def test_asked_for_again_the_answer_is_a_no_that_says_so():
    store = shop()
    scene.live_rule(store, "return_hold")

    tell(store, ticket(555, 1, **ABOUT_IT), ticket(555, 3, **ABOUT_IT, tags=("later",)))

    assert len(planned("reply")) == 1
    line = RunLogEntry.objects.filter(code="decided_no").get()
    assert [each["reason"] for each in line.details["noes"]] == ["done_before"]


@pytest.mark.django_db
def test_two_changes_of_one_batch_plan_one_answer():
    store = shop()
    scene.live_rule(store, "return_hold")

    scene.hear(store, ticket(555, 1, **ABOUT_IT), ticket(555, 3, **ABOUT_IT, priority="high"), now=at(10))

    assert len(planned("reply")) == 1


@pytest.mark.django_db
def test_history_holds_and_is_not_answered():
    store = shop()
    scene.live_rule(store, "return_hold", label=LABEL)

    hear(store, parcel(minutes=2, **APPROVED), origin=Origin.IMPORT)

    assert causes(store) == [("return_hold", "shopify:return:3")]
    assert planned("attach_label") == []


@pytest.mark.django_db
def test_a_return_that_is_opened_again_holds_again():
    store = shop()
    scene.live_rule(store, "return_hold")

    tell(store, parcel(minutes=1), parcel(minutes=4, **CLOSED), parcel(minutes=6, **APPROVED))

    assert causes(store) == [("return_hold", "shopify:return:3")]


@pytest.mark.django_db
def test_a_ticket_of_the_same_person_and_a_return_are_two_causes_and_a_hold_ends_by_age():
    store = shop()
    scene.live_rule(store, "return_hold", max_age_days=1)
    tell(
        store,
        parcel(minutes=1),
        ticket(555, 1, customer=Person(id="8", emails=("ana@shop.test",)), **ABOUT_IT),
    )

    due.release(store, at(24 * 60 + 2))

    assert causes(store) == []
    assert {row.code for row in store.attention.open()} == {"hold_expired"}


@pytest.mark.django_db
def test_a_ticket_of_before_the_rule_is_not_answered_a_day_later():
    store = shop()
    scene.live_rule(store, "return_hold")

    scene.hear(store, ticket(555, 26 * 60, **ABOUT_IT), now=at(26 * 60 + 1))

    assert planned("reply") == []
    assert outbox.connections_due(at(26 * 60 + 1)) == []

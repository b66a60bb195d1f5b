"""Our own actions come back as events: they reach the mirror, and no rule is asked because of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.models import Store
from orchestrator.decide.echo import Echoes
from orchestrator.models import OutboxAction, RunLogEntry, Ticket
from rules.models import Rule
from tests import scene
from tests.orchestrator.decide import shop as shop_front
from tests.scene import at, hear, ticket

pytestmark = pytest.mark.django_db
State = OutboxAction.State


def shop() -> Store:
    """Every change of a ticket is tagged and made urgent."""
    store = scene.client()
    then = [
        {"action": "tag_ticket", "with": {"tag": "seen"}},
        {"action": "set_priority", "with": {"priority": "high"}},
    ]
    scene.live_rule(store, "custom", when="ticket.changed", then=then)
    return store


def acted(store: Store, state: str = State.DONE, **fields: Any) -> None:
    """The rule asked for both, and they were sent."""
    hear(store, ticket(), ticket(minutes=1, subject="Another"), now=at(2))
    settled = {"settled_at": at(3)} if state == State.DONE else {}
    OutboxAction.objects.update(state=state, **{**settled, **fields})


def codes() -> list[str]:
    return list(RunLogEntry.objects.filter(kind="event").order_by("pk").values_list("code", flat=True))


def test_what_comes_back_is_known_and_plans_nothing_more():
    store = shop()
    acted(store)

    back = ticket(minutes=3, subject="Another", tags=("seen",), priority="high")
    hear(store, back, now=at(4))

    assert codes()[-1] == "event_echo"
    assert OutboxAction.objects.count() == 2
    assert Ticket.objects.get().source_at == at(3)
    assert set(OutboxAction.objects.values_list("came_back_at", flat=True)) == {at(4)}


@pytest.mark.parametrize(
    ("state", "fields", "is_ours"),
    [
        (State.CLAIMED, {}, True),
        (State.IN_DOUBT, {"was_in_doubt": True}, True),
        (State.FAILED, {"was_in_doubt": True, "settled_at": at(3)}, True),
        (State.WAITING, {}, False),
        (State.SKIPPED, {"settled_at": at(3)}, False),
        (State.FAILED, {"settled_at": at(3)}, False),
        (State.DONE, {"settled_at": at(3) - timedelta(days=2)}, False),
    ],
)
def test_only_what_may_have_been_sent_lately_can_come_back(state, fields, is_ours):
    store = shop()
    acted(store, state, **fields)

    hear(store, ticket(minutes=3, subject="Another", tags=("seen",), priority="high"), now=at(4))

    assert codes()[-1] == ("event_echo" if is_ours else "event_heard")


def test_the_same_done_again_by_somebody_else_is_news():
    store = shop()
    acted(store)
    hear(store, ticket(minutes=3, subject="Another", tags=("seen",), priority="high"), now=at(4))

    hear(store, ticket(minutes=5, subject="Another", priority="high"), now=at(5))
    hear(store, ticket(minutes=6, subject="Another", tags=("seen",), priority="high"), now=at(6))

    assert codes()[-3:] == ["event_echo", "event_heard", "event_heard"]
    assert OutboxAction.objects.count() == 6


def test_another_ticket_that_looks_the_same_is_not_ours():
    store = shop()
    acted(store)
    hear(store, ticket(777), now=at(2))

    hear(store, ticket(777, minutes=3, tags=("seen",), priority="high"), now=at(4))

    assert codes()[-1] == "event_heard"


def test_a_stored_action_of_a_later_version_is_left_out():
    store = shop()
    acted(store)
    OutboxAction.objects.update(arguments="{}")
    echoes = Echoes()

    echoes.load(store.pk, ["gorgias:ticket:555"], at(4))

    assert echoes.on("gorgias:ticket:555", at(4)) == []


def test_a_whole_batch_costs_one_query(django_assert_num_queries: Any):
    store = shop()
    acted(store)

    with django_assert_num_queries(1):
        Echoes().load(store.pk, [f"gorgias:ticket:{number}" for number in range(555, 755)], at(4))


def test_a_tag_on_a_record_comes_back_though_an_order_asked_for_it():
    store = shop_front.shop()
    then = [{"action": "tag_customer", "with": {"tag": "vip"}}]
    scene.live_rule(store, "custom", when="order.placed", then=then)
    shop_front.hear(store, shop_front.record(), shop_front.order())
    OutboxAction.objects.update(state=State.DONE, settled_at=at(1))

    shop_front.hear(store, shop_front.record(minutes=2, tags=("vip",)))

    assert OutboxAction.objects.get().target == "shopify:customer:9001"
    assert codes()[-1] == "event_echo"


def test_our_tag_does_not_start_the_rule_that_takes_it_off():
    store = shop_front.shop()
    for action in ("tag_customer", "untag_customer"):
        then = [{"action": action, "with": {"tag": "vip"}}]
        rule = scene.live_rule(store, "custom", when="customer.changed", then=then)
        Rule.objects.filter(pk=rule.pk).update(name=action)
    shop_front.hear(store, shop_front.record())
    OutboxAction.objects.update(state=State.DONE, settled_at=at(1))

    shop_front.hear(store, shop_front.record(minutes=1, tags=("vip",)))

    assert OutboxAction.objects.get().action == "tag_customer"

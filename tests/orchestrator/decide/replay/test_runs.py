"""Events of which no rule is told are decided together, and nothing comes out otherwise than one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.past import stream
from connectors.models import Store
from connectors.types import AnySnapshot
from orchestrator.decide.replay.player import Player
from orchestrator.decide.replay.scratch import Cast, Scratch
from orchestrator.intake import inbox
from orchestrator.models import Cart, CustomerRecord, InboxEvent, OutboxAction, RunLogEntry, Suppression
from rules.models import RuleVersion
from tests import scene
from tests.orchestrator.decide import shop
from tests.scene import at

pytestmark = pytest.mark.django_db
DAY = 24 * 60
TOLD = "at", "code", "rule", "subject", "reference", "details"


@contextmanager
def stage(store: Store) -> Iterator[Player]:
    scratch = Scratch()
    cast = Cast(store, RuleVersion.objects.select_related("rule").order_by("pk"), at(0))
    with scratch.used():
        yield Player(cast.enter(), at(-60))
    scratch.close()


def recorded(store: Store) -> list[InboxEvent]:
    return list(InboxEvent.objects.filter(store=store).select_related("connection").order_by("pk"))


def records(store: Store, *snapshots: AnySnapshot) -> list[InboxEvent]:
    """Each was heard of when it happened."""
    for each in snapshots:
        tool = "gorgias" if each.kind == "ticket" else "shopify"
        origin = InboxEvent.Origin.WEBHOOK
        inbox.accept(scene.connection(store, tool), [each], origin=origin, now=each.source_at)
    return recorded(store)


def all_told(
    store: Store, parts: Sequence[Sequence[InboxEvent]], until: datetime
) -> list[tuple[object, ...]]:
    """Every line of the replay's log, with its time."""
    with stage(store) as player:
        for part in parts:
            player.hear(part)
        player.end(until)
        return list(RunLogEntry.objects.order_by("pk").values_list(*TOLD))


def test_the_same_is_decided_at_the_same_times_whether_together_or_one_by_one() -> None:
    rule = stream.record(100, at(30 * DAY))
    scene.live_rule(rule.store, "ticket_hold", grace_minutes=600)
    scene.live_rule(rule.store, "order_status")
    events, until = recorded(rule.store), at(31 * DAY)

    together = all_told(rule.store, [events], until)
    one_by_one = all_told(rule.store, [[each] for each in events], until)

    assert together == one_by_one
    codes = {line[1] for line in together}
    assert {"hold_opened", "hold_released", "cart_abandoned", "decided_yes", "decided_no"} <= codes


def test_what_wakes_no_rule_shares_its_statements() -> None:
    store = shop.shop()
    scene.live_rule(store, "ticket_hold")
    events = records(store, *(shop.product(number, number, stock=number) for number in range(100)))

    with stage(store) as player, CaptureQueriesContext(connection) as asked:
        player.hear(events)

    assert len(asked) < 3 * len(events)


def test_a_cart_among_others_is_abandoned_at_its_hour() -> None:
    store = shop.shop()
    scene.live_rule(store, "ticket_hold")
    later = (shop.product(number, 10 * number) for number in range(1, 20))
    events = records(store, shop.cart(minutes=1), *later)

    with stage(store) as player:
        player.hear(events)
        (abandoned,) = RunLogEntry.objects.filter(code="cart_abandoned")
        cart = Cart.objects.get()

    assert at(61) <= abandoned.at <= at(62)
    assert cart.abandoned_at == at(61)


def test_a_product_that_goes_ends_its_hold_when_it_goes() -> None:
    store = shop.shop()
    scene.live_rule(store, "stock_hold")
    others = (shop.record(number, 3 + number) for number in range(20))
    events = records(store, shop.product(minutes=1), shop.product(minutes=2, stock=0), *others)
    events += records(store, shop.product(minutes=30, is_gone=True), shop.record(99, 31))[len(events) :]

    with stage(store) as player:
        player.hear(events)
        (hold,) = Suppression.objects.all()

    assert (hold.opened_at, hold.closed_at) == (at(2), at(30))


def test_one_that_cannot_be_read_is_set_aside_and_its_neighbours_are_decided() -> None:
    store = shop.shop()
    scene.live_rule(store, "ticket_hold")
    events = records(store, *(shop.record(number, number) for number in range(6)))
    events[3].body = b"{"

    with stage(store) as player:
        player.hear(events)
        known = set(CustomerRecord.objects.values_list("object_id", flat=True))
        aside = RunLogEntry.objects.filter(code="event_set_aside").count()

    assert known == {"0", "1", "2", "4", "5"}
    assert aside == 1


def test_what_we_sent_a_day_ago_comes_back_to_no_avail() -> None:
    """It is counted from each event, however many are decided together."""
    store = shop.shop()
    then = [{"action": "tag_ticket", "with": {"tag": "vip"}}]
    scene.live_rule(store, "custom", when="ticket.opened", then=then)
    late = DAY + 2
    between = (shop.product(number, late - 10 + number) for number in range(1, 9))
    tagged = scene.ticket(minutes=late, tags=("vip",))
    events = records(store, scene.ticket(), *between, tagged)

    with stage(store) as player:
        player.hear(events)
        told = RunLogEntry.objects.get(reference="gorgias:ticket:555", at__gte=at(late))
        sent = OutboxAction.objects.get()

    assert sent.settled_at is not None
    assert sent.settled_at + timedelta(days=1) < at(late)
    assert told.code == "event_heard"

"""A product that was looked at: told once, matched to the storefront's product, and never guessed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from connectors.models import Store
from connectors.types import Person, ViewSnapshot
from orchestrator.decide import drain, recheck
from orchestrator.intake import inbox
from orchestrator.models import OutboxAction, RunLogEntry, View
from tests import scene
from tests.orchestrator.decide.shop import Origin, hear, product, shop
from tests.scene import at

pytestmark = pytest.mark.django_db

SEEN = {"metric": "Looked", "properties": {"title": "{product.title}", "left": "{product.stock}"}}


def view(number: int = 1, minutes: float = 1, **fields: Any) -> ViewSnapshot:
    values = {"customer": Person(id="01P", emails=("ana@shop.test",)), "product_id": "7", **fields}
    return ViewSnapshot(id=f"e{number}", source_at=at(minutes), **values)


def store_with_rule(**params: Any) -> Store:
    store = shop()
    then = [{"action": "send_event", "with": SEEN}]
    scene.live_rule(store, "custom", **{"when": "product.viewed", "then": then, **params})
    hear(store, product(7, title="Boots", url="https://x.test/products/boots"))
    return store


def look(
    store: Store, *views: ViewSnapshot, now: datetime | None = None, origin: Origin = Origin.POLL
) -> None:
    moment = now or at(2)
    inbox.accept(scene.connection(store, "klaviyo"), views, origin=origin, now=moment)
    drain.drain(store, moment)


def sent() -> list[tuple[str, str]]:
    return list(OutboxAction.objects.order_by("pk").values_list("subject", "arguments"))


def refusals() -> list[str]:
    rows = RunLogEntry.objects.filter(code__in=["decided_no", "condition_unreadable"])
    return [no["reason"] for row in rows for no in row.details["noes"]]


def test_a_view_is_told_with_its_product_and_its_person():
    store = store_with_rule()

    look(store, view())

    ((subject, arguments),) = sent()
    assert subject == "ana@shop.test"
    assert '"title":"Boots"' in arguments
    assert '"left":"10"' in arguments
    entry = RunLogEntry.objects.get(code="event_heard", vendor="klaviyo")
    assert entry.details["what"] == "Product 7 was viewed"
    assert View.objects.filter(customer__keys__value="email:ana@shop.test").count() == 1


def test_twice_and_in_any_order_each_view_counts_once():
    store = store_with_rule()
    views = [view(1, 1), view(2, 1.5), view(3, 1)]

    look(store, views[2], views[0])
    look(store, views[1], views[0], views[2], views[2])

    assert len(sent()) == 3


@pytest.mark.parametrize(
    ("fields", "is_known"),
    [
        ({"title": "Boots"}, True),
        ({"title": "Boots", "url": "https://x.test/en/collections/all/products/boots?variant=1"}, True),
        ({"title": "Boots", "url": "https://x.test/products/other-boots"}, False),
        ({"title": "boots"}, False),
        ({"title": "Twin"}, False),
        ({"title": "Twin", "url": "https://x.test/products/twin-b/"}, True),
        ({"url": "https://x.test/products/boots"}, False),
        ({"product_id": "999", "title": "Boots"}, False),
    ],
)
def test_without_an_id_only_a_name_that_is_unmistakable_will_do(fields, is_known):
    store = store_with_rule()
    twins = [
        product(number, title="Twin", url=f"https://x.test/products/twin-{end}")
        for number, end in ((8, "a"), (9, "b"))
    ]
    hear(store, *twins)

    look(store, view(**{"product_id": "", **fields}))

    assert (len(sent()), refusals()) == ((1, []) if is_known else (0, ["placeholder_unreadable"]))


def test_conditions_ask_the_product():
    store = store_with_rule(**{"if": {"all": [{"field": "product.stock", "op": "lt", "value": 5}]}})

    look(store, view())
    hear(store, product(7, 2, stock=3, title="Boots"))
    look(store, view(2, 3), now=at(4))

    assert refusals() == ["conditions_not_met"]
    assert len(sent()) == 1


@pytest.mark.parametrize(
    ("fields", "minutes", "reason"),
    [
        ({"minutes": -40}, 1, "before_live"),
        ({"minutes": -100}, 1, "from_import"),
        ({"minutes": 0}, 60 * 25, "too_late"),
        ({"customer": Person(id="01P")}, 1, "no_email"),
    ],
)
def test_what_is_old_or_nobodys_messages_nobody(fields, minutes, reason):
    store = store_with_rule()

    look(store, view(**fields), now=at(minutes))

    assert (sent(), refusals()) == ([], [reason])


def test_a_message_that_waited_asks_again_without_reading_the_view_again(settings):
    settings.ALLOW_LOOPBACK_VENDORS = True
    store = store_with_rule(then=[{"action": "send_event", "after": "PT30M", "with": SEEN}])
    look(store, view())
    hear(store, product(7, 10, stock=1, title="Boots"), now=at(31))

    row = OutboxAction.objects.get()
    assert recheck.ask(row.connection, [row], at(31.5)) == set()

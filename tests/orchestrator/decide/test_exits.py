"""One second before a message is sent something happens that speaks against it: nothing leaves, and the
decision names the cause. Every recipe that sends messages is here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from connectors.models import Connection, Cursor, Store
from connectors.types import AnySnapshot, LineItem, TicketSnapshot
from orchestrator.decide import abandoned, due, steps
from orchestrator.intake import polling
from orchestrator.models import OutboxAction, RunLogEntry
from orchestrator.models.mirror import MIRRORS
from rules import publish, reasons, registry
from rules.models import Rule
from tests import scene
from tests.orchestrator.decide import shop
from tests.orchestrator.decide.shop import cart, order, parcel, product, record, usd
from tests.scene import at, ticket

pytestmark = pytest.mark.django_db

HOUR, DAY = 60, 24 * 60
SECOND = 1 / 60
ANY_HOUR = {"quiet_from": "", "quiet_to": ""}
SHIRT = LineItem(product_id="7", variant_id="71", title="Linen shirt", quantity=1)
CONSENT: dict[str, Any] = {"sms_consent": "subscribed", "email_consent": "subscribed"}
ABOUT_RETURN: dict[str, Any] = {"subject": "I want to return it"}
BOUGHT: dict[str, Any] = {"items": (SHIRT,), "is_paid": True}
Happens = Callable[[Store, float], object]


class Waiting(NamedTuple):
    """A message that is planned and not sent yet: by which recipe, when it is due, and how it came to be.

    What is sent at once is asked about again only where it was held up for more than a minute.
    """

    recipe: str
    params: dict[str, Any]
    minutes: float
    story: tuple[AnySnapshot, ...]
    effect: str  # how the key of its effect begins
    held_up: float = 0

    @property
    def sent_at(self) -> float:
        return self.minutes + self.held_up + 2 * SECOND


def of_cart(step: str, minutes: float) -> Waiting:
    story = (record(**CONSENT), product(), cart(items=(SHIRT,)))
    given = {**ANY_HOUR, "beside_native_flow": True}
    return Waiting("cart_recovery", given, minutes, story, f"step:{step}:")


FOLLOWED = {**ANY_HOUR, "send_without": True, "after_hours": 20}
CUSTOM = {
    "when": "ticket.opened",
    "if": {"all": [{"field": "ticket.channel", "op": "eq", "value": "email"}]},
    "then": [{"action": "internal_note", "after": "PT2H", "with": {"text": "Still here"}}],
}
EMAIL, TEXT, OFFER = of_cart("email", HOUR), of_cart("text", DAY), of_cart("offer", 3 * DAY)
FOLLOW_UP = Waiting(
    "post_purchase",
    FOLLOWED,
    20 * HOUR,
    (record(**CONSENT), product(category="Shirts"), order(**BOUGHT)),
    "step:",
)
ANSWER = Waiting("return_hold", {}, 0, (ticket(**ABOUT_RETURN),), "acknowledgement")
LABEL = Waiting(
    "return_hold",
    {"label": "https://shop.test/label.pdf"},
    1,
    (order(), parcel(), parcel(minutes=1, status="approved", approved_at=at(1))),
    "label",
)
ALERT = Waiting(
    "reorder_alert",
    {"threshold": 12},
    1,
    (product(stock=40), product(minutes=1, stock=4)),
    "",
    held_up=1.5,
)
NOTE = Waiting("custom", CUSTOM, 2 * HOUR, (ticket(),), "")
STATUS = Waiting(
    "order_status",
    {"marketing_property": "", "tag_prefix": ""},
    3,
    (record(), ticket(), order(), order(minutes=3, is_fulfilled=True, fulfillment_status="fulfilled")),
    "note:",
    held_up=1.5,
)


def told(make: Callable[..., AnySnapshot], *arguments: Any, **fields: Any) -> Happens:
    """A vendor tells this of the moment in which it happens."""
    return lambda store, minutes: hear(store, make(*arguments, minutes=minutes, **fields), minutes=minutes)


def buys(store: Store, minutes: float) -> None:
    hear(store, order(minutes=minutes, placed_at=at(minutes)), minutes=minutes)


def mode(name: str) -> Happens:
    return lambda store, minutes: publish.set_mode(Rule.objects.get(), name, now=at(minutes))


TICKET = told(ticket, 777)
RETURN = told(parcel, 9)
UNSUBSCRIBED = told(record, **{**CONSENT, "email_consent": "unsubscribed"})
OUT = [(mode("paused"), "paused"), (mode("draft"), "not_live")]
CASES: list[tuple[Waiting, Happens, str]] = [
    *(
        (step, exit_, reason)
        for step in (EMAIL, TEXT, OFFER)
        for exit_, reason in [
            (buys, "bought_meanwhile"),
            (told(cart, items=(SHIRT,), bought_at=at(50)), "bought"),
            (told(cart, items=(SHIRT,), is_gone=True), "cart_gone"),
            (told(product, stock=0), "item_gone"),
            (told(product, is_gone=True), "item_gone"),
            (TICKET, "ticket_open"),
            (UNSUBSCRIBED, "consent_withdrawn"),
            *OUT,
        ]
    ),
    (TEXT, told(record, **{**CONSENT, "sms_consent": "unsubscribed"}), "no_sms_consent"),
    (FOLLOW_UP, told(order, **{**BOUGHT, "refunded": usd(9), "total": 41}), "order_refunded"),
    (FOLLOW_UP, told(order, **{**BOUGHT, "cancelled_at": at(50)}), "order_cancelled"),
    (FOLLOW_UP, told(order, **{**BOUGHT, "is_gone": True}), "order_gone"),
    (FOLLOW_UP, RETURN, "return_under_way"),
    (FOLLOW_UP, TICKET, "ticket_open"),
    (FOLLOW_UP, UNSUBSCRIBED, "consent_withdrawn"),
    *((FOLLOW_UP, exit_, reason) for exit_, reason in OUT),
    (ANSWER, told(ticket, is_open=False, **ABOUT_RETURN), "ticket_closed"),
    (ANSWER, told(ticket, is_spam=True, **ABOUT_RETURN), "ticket_spam"),
    (ANSWER, told(ticket, is_gone=True, **ABOUT_RETURN), "ticket_gone"),
    (ANSWER, told(ticket, subject="A question"), "not_a_return"),
    (ANSWER, told(ticket, email="noreply@shop.test", **ABOUT_RETURN), "sender_automatic"),
    *((ANSWER, exit_, reason) for exit_, reason in OUT),
    (LABEL, told(parcel, status="closed", approved_at=at(1), closed_at=at(2)), "return_over"),
    (LABEL, told(parcel, status="approved", approved_at=at(1), label_url="https://x.test/1"), "label_there"),
    *((LABEL, exit_, reason) for exit_, reason in OUT),
    (ALERT, told(product, stock=40), "stock_sufficient"),
    (ALERT, told(product, stock=None), "stock_not_counted"),
    *((ALERT, exit_, reason) for exit_, reason in OUT),
    (NOTE, told(ticket, channel="chat"), "conditions_not_met"),
    *((NOTE, exit_, reason) for exit_, reason in OUT),
    (STATUS, told(ticket, is_open=False), "no_open_ticket"),
    *((STATUS, exit_, reason) for exit_, reason in OUT),
]  # fmt: skip


def hear(store: Store, *snapshots: AnySnapshot, minutes: float) -> None:
    for each in snapshots:
        say = scene.hear if isinstance(each, TicketSnapshot) else shop.hear
        say(store, each, now=at(minutes))


def begun(case: Waiting) -> tuple[Store, OutboxAction]:
    """All that led to the message happened, and everything we know was read just now."""
    store = shop.shop(vendors=("shopify", "gorgias", "klaviyo", "slack"))
    scene.live_rule(store, case.recipe, **case.params)
    for each in case.story:
        hear(store, each, minutes=(each.source_at - at(0)).total_seconds() / 60)
    for minutes in sorted({HOUR, DAY, 20 * HOUR, 3 * DAY, case.minutes}):
        if minutes <= case.minutes:
            is_fresh(store, minutes)
            abandoned.tell(store, at(minutes))
            steps.advance(store, at(minutes))
    is_fresh(store, case.sent_at)
    rows = OutboxAction.objects.filter(effect_key__startswith=case.effect)
    OutboxAction.objects.exclude(pk__in=rows).update(state=OutboxAction.State.DONE)
    return store, rows.get()


def is_fresh(store: Store, minutes: float) -> None:
    for table in MIRRORS.values():
        table._default_manager.update(confirmed_at=at(minutes))
    for tool in Connection.objects.filter(store=store):
        moved = {"moved_at": at(minutes)}
        Cursor.objects.update_or_create(connection=tool, stream=polling.STREAM, defaults=moved)


def send(row: OutboxAction, minutes: float) -> OutboxAction:
    due.dispatch(Connection.objects.select_related("store").get(pk=row.connection_id), at(minutes))
    return OutboxAction.objects.get(pk=row.pk)


def named(value: object) -> str:
    if isinstance(value, Waiting):
        return f"{value.recipe} {value.effect.strip(':')}"
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(("case", "happens", "reason"), CASES, ids=named)
def test_what_happens_a_second_before_stops_it_and_is_named(case: Waiting, happens: Happens, reason: str):
    store, row = begun(case)

    happens(store, case.sent_at - SECOND)
    sent = send(row, case.sent_at)

    assert sent.state == OutboxAction.State.SKIPPED
    entry = RunLogEntry.objects.get(code="action_skipped", trace=row.trace, subject=row.subject)
    assert entry.details["because"] == reasons.told(reason)


@pytest.mark.parametrize("case", {named(case): case for case, _, _ in CASES}.values(), ids=named)
def test_without_it_the_message_goes_out_to_the_vendor(case: Waiting):
    """As far as it gets: these connections have no credentials."""
    _, row = begun(case)

    sent = send(row, case.sent_at)

    assert (sent.state, sent.attempts) == (OutboxAction.State.WAITING, 1)


def test_every_recipe_that_sends_messages_is_here():
    silent = {"first_purchase", "region_routing", "stock_hold", "ticket_hold", "vip"}  # they keep states

    assert {case.recipe for case, _, _ in CASES} == set(registry.all_recipes()) - silent

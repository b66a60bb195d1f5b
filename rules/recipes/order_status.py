"""Tell marketing and the agents of open tickets what became of a customer's order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from connectors.types import Segment, SetUp, TicketSnapshot, Transition
from rules.actions.base import AnyAction
from rules.actions.internal_note import InternalNote
from rules.actions.set_property import SetProperty
from rules.actions.tag_ticket import TagTicket
from rules.decision import Answer, Decision, Message, No, State
from rules.facts import STOCK, TICKETS, Facts, OrderFacts, Shelved
from rules.fields import TextListField
from rules.sentences import listed, quoted

slug = "order_status"
label = "Tell what became of an order"
steers = frozenset({"customer"})

CHANGES = {
    Transition.ORDER_FULFILLED: "fulfilled",
    Transition.ORDER_DELAYED: "delayed",
    Transition.ORDER_CANCELLED: "cancelled",
    Transition.ORDER_REFUNDED: "refunded",
}
SHORT = "short"  # more of something is sold than there is
WORDS = (*CHANGES.values(), SHORT)
SETTLED = timedelta(minutes=10)  # by then the stock has taken the order into account
LONGEST_PREFIX = 200


class ChangesField(TextListField):
    """Some of the words for what can become of an order."""

    def to_python(self, value: Any) -> list[str]:
        found = [each.casefold() for each in super().to_python(value)]
        if wrong := next((each for each in found if each not in WORDS), ""):
            raise ValidationError(f"{quoted(wrong)} is none of these: {', '.join(WORDS)}.")
        return found


class Params(forms.Form):
    marketing_property = forms.CharField(
        required=False,
        max_length=255,
        initial="Order status",
        help_text="Marketing property with what became of the newest order; empty: none.",
    )
    changes = ChangesField(
        required=False,
        initial=WORDS,
        help_text="What is told on open tickets: fulfilled, delayed, cancelled, refunded, and short: more of "
        "something in the order is sold than there is.",
    )
    note = forms.BooleanField(
        required=False, initial=True, help_text="Leave an internal note on each open ticket of the customer."
    )
    tag_prefix = forms.CharField(
        required=False,
        max_length=LONGEST_PREFIX,
        initial="order-",
        help_text="Tag each open ticket with this and the change, such as order-refunded; empty: no tag.",
    )


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    """A record that changes concerns the property only: somebody may have got an address."""
    records = {Transition.CUSTOMER_CHANGED, Transition.CUSTOMER_MERGED}
    placed = {Transition.ORDER_PLACED} if SHORT in params["changes"] else set()
    return frozenset({*CHANGES, *placed, *(records if params["marketing_property"] else ())})


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({TICKETS, *((STOCK,) if SHORT in params["changes"] else ())})


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    done: list[type[AnyAction]] = [SetProperty] if params["marketing_property"] else []
    done += [InternalNote] if params["note"] and params["changes"] else []
    done += [TagTicket] if params["tag_prefix"] and params["changes"] else []
    return frozenset({Transition.ORDER_PLACED, *(each.asks for each in done)})


def sentence(params: Mapping[str, Any]) -> str:
    words = CHANGES.values()
    parts = []
    if params["marketing_property"]:
        name = quoted(params["marketing_property"])
        parts.append(
            f"When an order is {listed([*words], 'or')}, write that into the marketing property {name}."
        )
    done = ["leave an internal note on the customer's open tickets"] if params["note"] else []
    done += [f"tag them “{params['tag_prefix']}…”"] if params["tag_prefix"] else []
    if done and (told := [each for each in params["changes"] if each != SHORT]):
        parts.append(f"When it is {listed(told, 'or')}, {listed(done)}.")
    if params["note"] and SHORT in params["changes"]:
        parts.append("When it is for more than there is in stock, leave a note on those tickets, too.")
    return " ".join(parts) or "This rule does nothing yet."


def sets_up(params: Mapping[str, Any]) -> Sequence[SetUp]:
    name = params["marketing_property"]
    return [Segment(name=f"{name}: {word}", property=name, value=word) for word in CHANGES.values() if name]


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    customer = facts.customer
    if customer is None or customer.story is None:
        yield No(reason="no_storefront", is_unreadable=True)
        return
    if facts.change.transition is Transition.ORDER_PLACED:
        yield from _short(facts, params)
        return
    if params["marketing_property"]:
        yield _wished(facts, customer.story.status, params["marketing_property"])
    told = CHANGES.get(facts.change.transition)
    if told is None:
        return
    if facts.order is None:
        yield No(reason="order_unknown", is_unreadable=True)
    elif told not in params["changes"]:
        yield No(reason="change_not_listed", seen={"change": told})
    elif not facts.open_tickets:
        yield No(reason="no_open_ticket", seen={"change": told, "order": facts.order.number})
    else:
        for ticket in facts.open_tickets:
            yield from _told(facts, facts.order, ticket, told, params)


def _wished(facts: Facts, status: str, name: str) -> Answer:
    """Of the newest order to which something happened, so it does not matter which was heard first."""
    seen = {"status": status, "key": "property"}
    if not facts.email:
        return No(reason="no_email", seen=seen)
    word = status.replace("_", " ") or None
    action = SetProperty(email=facts.email, name=name, value=word)
    wish = State(action=action, key="property", subject=facts.email, takes_back=word is None)
    return Decision(effect=wish, because="order_status_known" if word else "no_order_status", seen=seen)


def _told(
    facts: Facts, order: OrderFacts, ticket: TicketSnapshot, told: str, params: Mapping[str, Any]
) -> Iterator[Answer]:
    seen = {"change": told, "order": order.number, "ticket": ticket.id}
    actions: dict[str, AnyAction] = {}
    if params["note"]:
        said = _short_text(facts, order) if told == SHORT else _text(facts, order, told)
        actions["note"] = InternalNote(ticket_id=ticket.id, text=said)
    if params["tag_prefix"] and told != SHORT:  # a hint, and no state of the order
        actions["tag"] = TagTicket(ticket_id=ticket.id, tag=f"{params['tag_prefix']}{told}")
    for key, action in actions.items():
        message = Message(
            action=action,
            key=f"{key}:{ticket.id}",
            after=SETTLED if told == SHORT else timedelta(),
            subject=facts.email,
            recheck=told == SHORT,
        )
        yield Decision(effect=message, because="order_changed", seen=seen)
    if not actions:
        yield No(reason="no_action", seen=seen)


def _text(facts: Facts, order: OrderFacts, told: str) -> str:
    """For the agent: no more than what happened, and where to look."""
    name = f"Order {order.number}" if order.number else "An order"
    if told == "refunded":
        amount = order.refunded - Decimal(str(facts.change.before.get("refunded", "0")))
        told = f"refunded: {amount:.2f} {order.currency}"
    said = f"{name} {'is' if told == 'delayed' else 'was'} {told}."
    return f"{said}\n{order.url}" if order.url else said


def _short(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    """The stock may not know of the order yet, so what looks short is looked at again before it is told."""
    order, lacking = facts.order, _lacking(facts)
    if order is None:
        yield No(reason="order_unknown", is_unreadable=True)
    elif order.is_cancelled or order.is_gone or not lacking:
        yield No(reason="stock_covers_order", seen={"order": order.number, "left": _lefts(facts)})
    elif not facts.open_tickets:
        yield No(
            reason="no_open_ticket", seen={"change": SHORT, "order": order.number, "left": _lefts(facts)}
        )
    else:
        for ticket in facts.open_tickets:
            yield from _told(facts, order, ticket, SHORT, params)


def _lacking(facts: Facts) -> list[Shelved]:
    """Lines that the stock does not cover: below zero; before it has settled, also less than the line."""
    return [
        each
        for each in facts.shelf
        if each.left is not None and each.left < (0 if facts.is_due else each.item.quantity)
    ]


def _missing(line: Shelved) -> int:
    left = line.left or 0
    return -left if left < 0 else line.item.quantity - left


def _lefts(facts: Facts) -> dict[str, int | None]:
    return {each.item.title: each.left for each in facts.shelf}


def _short_text(facts: Facts, order: OrderFacts) -> str:
    """What an agent can tell: which thing, and by how much."""
    more = [f"{_missing(each)} more of {quoted(each.item.title)}" for each in _lacking(facts)]
    said = f"Order {order.number} may not be fulfilled whole: {listed(more)} sold than there is in stock."
    return f"{said}\n{order.url}" if order.url else said

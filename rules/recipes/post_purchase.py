"""Follow up on an order by the category of what was bought, with that category's best sellers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms

from connectors.types import SetUp, Transition
from rules import mailings, recommending
from rules.actions.send_event import SendEvent
from rules.decision import Answer, Decision, Enrol, Message, No
from rules.facts import (
    BASKET,
    HEARD,
    RECORD,
    RETURNS,
    TICKETS,
    CustomerFacts,
    Facts,
    OrderFacts,
    best_sellers,
)
from rules.fields import TableField
from rules.pacing import Pacing
from rules.recommending import Purchased, Seller
from rules.sentences import listed, quoted
from rules.sequences import Step
from rules.velocity import LONGEST_WINDOW

slug = "post_purchase"
label = "Follow up after a purchase"
steers: frozenset[str] = frozenset()

METRIC = "Post purchase: follow-up"
TRIGGERS = {"paid": Transition.ORDER_PAID, "fulfilled": Transition.ORDER_FULFILLED}
FIRST = "first"
UNSUBSCRIBED = "unsubscribed"


class Params(Pacing):
    trigger = forms.ChoiceField(
        choices=[("paid", "It is paid"), ("fulfilled", "It has gone out")],
        initial="paid",
        help_text="What has to happen to an order.",
        error_messages={"invalid_choice": "Use “paid” or “fulfilled”."},
    )
    after_hours = forms.IntegerField(
        min_value=0,
        max_value=24 * 30,
        initial=20,
        help_text="So many hours later. Within 24 hours the purchase is still fresh; 20 leaves some of them "
        "for quiet hours.",
    )
    messages = TableField(
        required=False,
        initial={},
        help_text="The message of each category, by a name that your flow knows: Shoes = shoe-care. "
        "A category stands for those below it.",
    )
    other_message = forms.CharField(
        required=False,
        max_length=100,
        initial="general",
        help_text="The message of all other categories; empty: they get none.",
    )
    recommendations = forms.IntegerField(
        min_value=1,
        max_value=recommending.MOST,
        initial=3,
        help_text="So many best sellers of the category, at most.",
    )
    window_days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_WINDOW,
        initial=30,
        label="Days of best sellers",
        help_text="What sold best in so many days.",
    )
    send_without = forms.BooleanField(
        required=False,
        initial=False,
        label="Send without recommendations",
        help_text="Send it even if there is nothing to recommend.",
    )
    buyers = forms.ChoiceField(
        choices=[("all", "All customers"), (FIRST, "Those with their first order")],
        initial="all",
        help_text="Whom it is for.",
        error_messages={"invalid_choice": "Use “all” or “first”."},
    )
    min_days = forms.IntegerField(
        min_value=0,
        max_value=90,
        initial=14,
        label="Days between follow-ups",
        help_text="So many days have to lie between two follow-ups to one person; 0: any order gets its own.",
    )


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return frozenset({TRIGGERS[params["trigger"]]})


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({RECORD, TICKETS, RETURNS, BASKET, HEARD, best_sellers(params["window_days"])})


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    """Products, for their categories, and orders, for what the customer owns and what sells."""
    return frozenset({Transition.ORDER_PLACED, Transition.PRODUCT_CHANGED, SendEvent.asks})


def sentence(params: Mapping[str, Any]) -> str:
    when = "is paid" if params["trigger"] == "paid" else "is fulfilled"
    whose = "a customer's first order" if params["buyers"] == FIRST else "an order"
    later = f"{params['after_hours']} hours later " if params["after_hours"] else ""
    named = listed([quoted(each) for each in sorted(params["messages"])], "or")
    what = f"of {named} " if named and not params["other_message"] else ""
    return (
        f"When {whose} {what}{when}, {later}follow up by its category with up to {params['recommendations']} "
        "best sellers, unless a ticket or a return is open, money was given back or the customer has "
        "unsubscribed."
    )


def steps(params: Mapping[str, Any]) -> Sequence[Step]:
    return [Step("follow_up", timedelta(hours=params["after_hours"]))]


def sets_up(params: Mapping[str, Any]) -> Sequence[SetUp]:
    return [mailings.follow_up(METRIC)]


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    no = _why_not(facts, params)
    if no is None and not facts.email:
        no = No(reason="no_email", seen=_seen(facts))
    if no is None and all(each.is_known and each.category for each in facts.basket):
        no = _no_category(facts, params)
    if no:
        yield no
    else:
        effect = Enrol(subject=facts.email, is_alone=params["min_days"] > 0)
        yield Decision(effect=effect, because=f"order_{params['trigger']}", seen=_seen(facts))


def still_wanted(facts: Facts, params: Mapping[str, Any]) -> No | None:
    return _why_not(facts, params) or _no_category(facts, params)


def _why_not(facts: Facts, params: Mapping[str, Any]) -> No | None:
    """What speaks against any follow-up. What is not known is no "no" but waits."""
    order, customer = facts.order, facts.customer
    if order is None or customer is None:
        return No(reason="order_unknown", is_unreadable=True)
    if customer.order_count is None:
        return No(reason="no_storefront", is_unreadable=True)
    heard_before = facts.now - timedelta(days=params["min_days"])
    answers = {
        "order_gone": order.is_gone,
        "order_cancelled": order.is_cancelled,
        "order_refunded": bool(order.refunded),
        "return_under_way": bool(facts.open_returns),
        "ticket_open": bool(facts.open_tickets),
        "consent_withdrawn": customer.email_consent == UNSUBSCRIBED,
        "not_first_order": params["buyers"] == FIRST and customer.order_count > 1,
        "followed_up_lately": facts.own_heard_at is not None and facts.own_heard_at > heard_before,
    }
    return next((No(reason=code, seen=_seen(facts)) for code, applies in answers.items() if applies), None)


def _no_category(facts: Facts, params: Mapping[str, Any]) -> No | None:
    if _leading(facts, params):
        return None
    found = sorted({each.category for each in facts.basket if each.category})
    reason = "category_not_listed" if found else "no_category" if facts.basket else "nothing_left_of_order"
    return No(reason=reason, seen={**_seen(facts), "categories": found})


def decide_step(facts: Facts, params: Mapping[str, Any], step: Step) -> Iterator[Answer]:
    order, customer, line = facts.order, facts.customer, _leading(facts, params)
    if order is None or customer is None or line is None:
        yield No(reason="order_unknown", is_unreadable=True)
        return
    offered = _offered(facts, line, params)
    seen = {"category": line.category, "recommended": [each.product_id for each in offered]}
    if not offered and not params["send_without"]:
        yield No(reason="nothing_to_recommend", seen=seen)
        return
    action = SendEvent(
        metric=METRIC,
        email=facts.email,
        at=facts.change.at + step.delay,
        properties=_properties(facts, order, customer, line, offered, params),
    )
    message = Message(action=action, key="event", subject=facts.email)
    yield Decision(effect=message, because="step_due", seen=seen)


def _leading(facts: Facts, params: Mapping[str, Any]) -> Purchased | None:
    return recommending.leading(facts.basket, params["messages"], params["other_message"])


def _offered(facts: Facts, line: Purchased, params: Mapping[str, Any]) -> tuple[Seller, ...]:
    sellers = facts.best_sellers.get(params["window_days"], ())
    bought = {each.item.product_id for each in facts.basket}
    return recommending.picks(sellers, line.category, facts.owned.union(bought), params["recommendations"])


def _properties(
    facts: Facts,
    order: OrderFacts,
    customer: CustomerFacts,
    line: Purchased,
    offered: Sequence[Seller],
    params: Mapping[str, Any],
) -> dict[str, Any]:
    """What the flow's message may show. Prices are the shop's, in the client's currency."""
    return {
        "message": recommending.message_for(line.category, params["messages"], params["other_message"]),
        "category": line.category,
        "history": "repeat" if (customer.order_count or 0) > 1 else "first_time",
        "order_number": order.number,
        "total": _amount(order.total),
        "currency": order.currency,
        "items": [
            {"title": each.item.title, "quantity": each.item.quantity, "category": each.category}
            for each in facts.basket
        ],
        "recommendations": [_told(each, facts.currency) for each in offered],
    }


def _told(each: Seller, currency: str) -> dict[str, Any]:
    """A price without its currency says nothing."""
    price = _amount(each.price) if each.price is not None and currency else ""
    return {
        "product_id": each.product_id,
        "title": each.title,
        "url": each.url,
        "price": price,
        "currency": currency if price else "",
        "left": each.left,
    }


def _amount(amount: Decimal) -> str:
    """29.50, not 29.5: people read it."""
    is_tenths = amount.as_tuple().exponent == -1
    return f"{amount:.2f}" if is_tenths else str(amount)


def _seen(facts: Facts) -> dict[str, Any]:
    order, customer = facts.order, facts.customer
    return {
        "order": order.number if order else "",
        "refunded": str(order.refunded) if order else None,
        "open_tickets": len(facts.open_tickets),
        "open_returns": len(facts.open_returns),
        "orders": customer.order_count if customer else None,
    }

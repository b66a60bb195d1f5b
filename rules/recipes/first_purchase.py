"""Remember when a customer first bought: the date and the month as marketing properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms

from connectors.types import Segment, SetUp, Transition
from rules.actions.set_property import SetProperty
from rules.decision import Answer, Decision, No, State
from rules.facts import Facts
from rules.sentences import quoted

slug = "first_purchase"
label = "Remember the first purchase"
steers = frozenset({"customer"})

NEW_FOR = 30  # days for which somebody is a new customer in the segment


class Params(forms.Form):
    date_property = forms.CharField(
        max_length=255,
        initial="First purchase date",
        help_text="The property that holds the day of the first order, such as 2026-11-22.",
    )
    cohort_property = forms.CharField(
        max_length=255,
        initial="First purchase cohort",
        help_text="The property that holds its month, such as 2026-11.",
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("date_property") and values["date_property"] == values.get("cohort_property"):
            self.add_error(
                "cohort_property", "Is the same as the property of the date: one would hide the other."
            )
        return values


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return frozenset(
        {
            Transition.ORDER_PLACED,
            Transition.ORDER_CANCELLED,
            Transition.CUSTOMER_CHANGED,
            Transition.CUSTOMER_MERGED,
        }
    )


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset()


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({Transition.ORDER_PLACED, SetProperty.asks})


def sentence(params: Mapping[str, Any]) -> str:
    return (
        f"When a customer's first order is known, write its date into the marketing property "
        f"{quoted(params['date_property'])} and its month into {quoted(params['cohort_property'])}."
    )


def sets_up(params: Mapping[str, Any]) -> Sequence[SetUp]:
    name = params["date_property"]
    return [Segment(name=f"{name}: the last {NEW_FOR} days", property=name, value=NEW_FOR)]


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Always asked of all orders that are known, so it does not matter which of them was heard first."""
    customer = facts.customer
    if customer is None or customer.story is None:
        yield No(reason="no_storefront", is_unreadable=True)
        return
    story, seen = customer.story, {"orders": customer.order_count}
    if not facts.email:
        yield No(reason="no_email", seen=seen)
    elif not story.is_whole:
        yield No(reason="history_incomplete", seen=seen)
    elif (zone := _zone(facts.timezone)) is None:
        yield No(reason="timezone_unknown", seen={"timezone": facts.timezone}, is_unreadable=True)
    elif story.first_at is not None:
        bought_on = story.first_at.astimezone(zone).date()
        yield from _wishes(facts, params, bought_on, "first_order_known")
    elif story.summit.order_count:
        yield from _wishes(facts, params, None, "no_order_counts")
    else:
        yield No(reason="no_orders", seen=seen)


def _zone(name: str) -> ZoneInfo | None:
    with suppress(ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(name)
    return None


def _wishes(
    facts: Facts, params: Mapping[str, Any], bought_on: date | None, because: str
) -> Iterator[Decision]:
    """None takes back what was written for an order that was cancelled since."""
    values = {
        "date": (params["date_property"], f"{bought_on:%Y-%m-%d}" if bought_on else None),
        "cohort": (params["cohort_property"], f"{bought_on:%Y-%m}" if bought_on else None),
    }
    seen = {"first_order_on": values["date"][1], "timezone": facts.timezone}
    for key, (name, value) in values.items():
        action = SetProperty(email=facts.email, name=name, value=value)
        wish = State(action=action, key=key, subject=facts.email, takes_back=bought_on is None)
        yield Decision(effect=wish, because=because, seen=seen)

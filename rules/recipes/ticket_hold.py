"""Hold a customer's marketing while one of their tickets waits for an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms

from connectors.types import TicketSnapshot, Transition
from rules import holding
from rules.decision import Answer, No
from rules.facts import Facts
from rules.fields import TextListField
from rules.sentences import listed, quoted, spoken_time

slug = "ticket_hold"
label = "Hold marketing while a ticket is open"
steers = frozenset({"ticket"})

LONGEST_GRACE = 90 * 24 * 60


class Params(forms.Form):
    method = holding.method_field()
    channels = TextListField(
        required=False, initial=(), help_text="Only tickets of these channels; empty means all."
    )
    tags = TextListField(
        required=False, initial=(), help_text="Only tickets with one of these tags; empty means all."
    )
    intents = TextListField(
        required=False, initial=(), help_text="Only tickets with one of these intents; empty means all."
    )
    grace_minutes = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_GRACE,
        initial=0,
        help_text="Minutes to go on holding after the ticket was closed.",
    )
    max_age_days = forms.IntegerField(
        min_value=1,
        max_value=365,
        initial=30,
        help_text="A ticket that waits for longer no longer holds marketing.",
    )


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return frozenset({Transition.TICKET_OPENED, Transition.TICKET_CHANGED, Transition.TICKET_CLOSED})


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"ticket.intents"} if params["intents"] else ())


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({holding.METHODS[params["method"]], *wants(params)})


def sentence(params: Mapping[str, Any]) -> str:
    filters = [
        f"{phrase} {listed([quoted(each) for each in params[name]], 'or')}"
        for name, phrase in (("channels", "on"), ("tags", "tagged"), ("intents", "about"))
        if params[name]
    ]
    tickets = " ".join(["a ticket", *filters])
    until = (
        f"until {spoken_time(timedelta(minutes=params['grace_minutes']))} after it is closed"
        if params["grace_minutes"]
        else "until it is closed"
    )
    longest = spoken_time(timedelta(days=params["max_age_days"]))
    held = holding.HELD[params["method"]]
    return f"While {tickets} waits for an answer, {held} {until}, for at most {longest}."


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    ticket = facts.ticket
    if ticket is None:
        yield No(reason="ticket_unknown", is_unreadable=True)
        return
    reason = _why_not(ticket, facts.now, params)
    cause = holding.Cause(
        slug=slug,
        emails=ticket.customer.emails,
        source_at=ticket.source_at,
        expires_at=_expires_at(ticket, params),
        because="ticket_waiting",
        reason=reason,
        method=params["method"],
        seen=_seen(ticket),
        grace=timedelta(minutes=params["grace_minutes"]) if reason == "ticket_closed" else None,
    )
    yield from holding.answers(facts, cause)


def _why_not(ticket: TicketSnapshot, now: datetime, params: Mapping[str, Any]) -> str:
    """The code of the first thing that speaks against holding, "" when nothing does."""
    filters = {
        "channel_not_listed": ([ticket.channel], params["channels"]),
        "tag_not_listed": (ticket.tags, params["tags"]),
        "intent_not_listed": (ticket.intents, params["intents"]),
    }
    answers = {
        code: bool(wanted) and not holding.is_listed(seen, wanted) for code, (seen, wanted) in filters.items()
    }
    answers |= {"no_email": not ticket.customer.emails, "too_old": now >= _expires_at(ticket, params)}
    return holding.why_not(ticket) or next((code for code, applies in answers.items() if applies), "")


def _expires_at(ticket: TicketSnapshot, params: Mapping[str, Any]) -> datetime:
    return ticket.waiting_since + timedelta(days=params["max_age_days"])


def _seen(ticket: TicketSnapshot) -> dict[str, Any]:
    return {
        "open": ticket.is_open,
        "spam": ticket.is_spam,
        "gone": ticket.is_gone,
        "outbound": ticket.is_outbound,
        "channel": ticket.channel,
        "tags": list(ticket.tags),
        "intents": list(ticket.intents),
        "waiting_since": ticket.waiting_since.isoformat(),
    }

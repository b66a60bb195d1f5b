"""Hold a customer's marketing while one of their tickets waits for an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms

from connectors.types import TicketSnapshot, Transition
from rules.decision import Answer, Decision, Hold, No, Release
from rules.facts import Facts, OpenCause
from rules.fields import TextListField
from rules.sentences import listed, quoted, spoken_time

slug = "ticket_hold"
label = "Hold marketing while a ticket is open"
steers = frozenset({"ticket"})

METHODS = {
    "list": "hold_list",
    "global": "hold_global",
}  # how staff call it → the vendor state that carries it
HELD = {
    "list": "hold the customer's marketing",
    "global": "suppress all e-mail of the marketing account to the customer, but not SMS,",
}
LONGEST_GRACE = 90 * 24 * 60


class Params(forms.Form):
    method = forms.ChoiceField(
        choices=[
            ("list", "Hold list that flows and campaigns leave out"),
            ("global", "Global suppression: no e-mail at all, SMS goes on"),
        ],
        initial="list",
        help_text="How marketing is held. Global is stricter: it stops every e-mail of the account, also of "
        "campaigns whose recipients are fixed already. It does not stop SMS.",
        error_messages={"invalid_choice": "There is no such method: use “list” or “global”."},
    )
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
    held = HELD[params["method"]]
    return f"While {tickets} waits for an answer, {held} {until}, for at most {longest}."


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    ticket = facts.ticket
    if ticket is None:
        yield No(reason="ticket_unknown", is_unreadable=True)
        return
    reason = _why_not(ticket, facts.now, params)
    if not reason:
        yield from _holds(facts, ticket, params)
    held = [cause for cause in facts.own_causes if cause.reference == facts.change.reference]
    over = [cause for cause in held if reason or cause.subject not in ticket.customer.emails]
    # A row that a newer story opened is not closed by an older one.
    current = [cause for cause in over if cause.source_at <= ticket.source_at]
    for cause in current:
        yield _release(facts, ticket, cause, reason or "customer_changed", params)
    if reason and not current:
        yield No(reason=reason if not over else "older_news", seen=_seen(ticket))


def _why_not(ticket: TicketSnapshot, now: datetime, params: Mapping[str, Any]) -> str:
    """The code of the first thing that speaks against holding, "" when nothing does."""
    answers = {
        "ticket_gone": ticket.is_gone,
        "ticket_spam": ticket.is_spam,
        "ticket_closed": not ticket.is_open,
        "ticket_outbound": ticket.is_outbound,
        "channel_not_listed": not _is_listed([ticket.channel], params["channels"]),
        "tag_not_listed": not _is_listed(ticket.tags, params["tags"]),
        "intent_not_listed": not _is_listed(ticket.intents, params["intents"]),
        "no_email": not ticket.customer.emails,
        "too_old": now >= _expires_at(ticket, params),
    }
    return next((code for code, applies in answers.items() if applies), "")


def _is_listed(values: list[str] | tuple[str, ...], wanted: list[str]) -> bool:
    """Helpdesks tell names apart by case, people who fill in a form do not."""
    return not wanted or not {each.casefold() for each in values}.isdisjoint(
        each.casefold() for each in wanted
    )


def _expires_at(ticket: TicketSnapshot, params: Mapping[str, Any]) -> datetime:
    return ticket.waiting_since + timedelta(days=params["max_age_days"])


def _holds(facts: Facts, ticket: TicketSnapshot, params: Mapping[str, Any]) -> Iterator[Decision]:
    for email in ticket.customer.emails:
        hold = Hold(
            subject=email,
            cause=slug,
            reference=facts.change.reference,
            method=METHODS[params["method"]],
            source_at=ticket.source_at,
            expires_at=_expires_at(ticket, params),
        )
        yield Decision(effect=hold, because="ticket_waiting", seen=_seen(ticket))


def _release(
    facts: Facts, ticket: TicketSnapshot, cause: OpenCause, why: str, params: Mapping[str, Any]
) -> Decision:
    """A closed ticket is given its grace once: later changes of it do not begin it again."""
    at = facts.now
    if why == "ticket_closed":
        closed_at = min(ticket.source_at, facts.now)  # the vendor's clock may be ahead of ours
        at = closed_at + timedelta(minutes=params["grace_minutes"])
        at = min(at, cause.release_at or at)
    release = Release(
        subject=cause.subject,
        cause=slug,
        reference=cause.reference,
        source_at=ticket.source_at,
        at=at,
        why=why,
    )
    return Decision(effect=release, because=why, seen=_seen(ticket))


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

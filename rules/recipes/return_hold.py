"""Hold a customer's marketing while they send something back, and acknowledge it once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms

from connectors import robots
from connectors.types import TicketSnapshot, Transition
from rules import holding, placeholders
from rules.actions.attach_label import AttachLabel
from rules.actions.base import AnyAction
from rules.actions.internal_note import InternalNote
from rules.actions.reply import Reply
from rules.decision import Answer, Decision, Message, No
from rules.engine import TOO_LATE
from rules.facts import RETURNS, Facts, ReturnFacts
from rules.fields import AddressField, TextListField
from rules.sentences import listed, quoted, spoken_time

slug = "return_hold"
label = "Hold marketing while a return is under way"
steers = frozenset({"return", "ticket"})

THANKS = "Thank you for your message. We have received your return request and will get back to you soon."
FOR_AGENTS = "This is about a return, and it can only be acknowledged by hand here."
LABEL = "Your return label: {}"
BY_MAIL = "email"
OF_RETURNS = frozenset({Transition.RETURN_REQUESTED, Transition.RETURN_APPROVED, Transition.RETURN_CLOSED})
OF_TICKETS = frozenset({Transition.TICKET_OPENED, Transition.TICKET_CHANGED, Transition.TICKET_CLOSED})


class TemplateField(forms.CharField):
    """A text with placeholders such as {customer.name}."""

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        placeholders.check(text)
        return text


class Params(forms.Form):
    method = holding.method_field()
    subject_words = TextListField(
        required=False,
        initial=("return", "returns", "returning", "send back"),
        help_text="A ticket with one of these words in its subject is about a return; empty: none.",
    )
    tags = TextListField(
        required=False, initial=("return",), help_text="So is a ticket with one of these tags."
    )
    intents = TextListField(
        required=False,
        initial=(),
        help_text="So is a ticket with one of these intents, such as return/request.",
    )
    acknowledge = forms.BooleanField(
        required=False, initial=True, help_text="Answer a ticket about a return once, if nobody has yet."
    )
    text = TemplateField(
        max_length=3000, initial=THANKS, widget=forms.Textarea, help_text="What the answer says."
    )
    label = AddressField(
        required=False,
        initial="",
        help_text="Where your return label or its instructions are (https://…); empty: none.",
    )
    max_age_days = forms.IntegerField(
        min_value=1,
        max_value=365,
        initial=60,
        help_text="A return or ticket that goes on for longer no longer holds marketing.",
    )


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return OF_RETURNS | (OF_TICKETS if _looks_at_tickets(params) else frozenset())


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({RETURNS, *(("ticket.intents",) if params["intents"] else ())})


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    """Without returns in the storefront the tickets about them are enough, and the label is in the reply."""
    is_told = params["acknowledge"] and _looks_at_tickets(params)
    done = [Reply, InternalNote] if is_told else [AttachLabel] if params["label"] else []
    seen = {"ticket.intents"} if params["intents"] else set()
    return frozenset({holding.METHODS[params["method"]], *(each.asks for each in done), *seen})


def sentence(params: Mapping[str, Any]) -> str:
    signs = {
        "subject_words": "has {} in its subject",
        "tags": "is tagged {}",
        "intents": "is about {}",
    }
    told = [
        phrase.format(listed([quoted(each) for each in params[name]], "or"))
        for name, phrase in signs.items()
        if params[name]
    ]
    things = "a return" + (f", or a ticket that {listed(told, 'or')}," if told else "")
    longest = spoken_time(timedelta(days=params["max_age_days"]))
    parts = [f"While {things} is under way, {holding.HELD[params['method']]} for at most {longest}."]
    if told and params["acknowledge"]:
        parts.append("Acknowledge such a ticket once, unless somebody has answered.")
    if params["label"]:
        parts.append("Attach your label to a return that is approved and has none.")
    return " ".join(parts)


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    if facts.change.transition in OF_RETURNS:
        if facts.return_ is None:
            yield No(reason="return_unknown", is_unreadable=True)
        else:
            yield from _of_return(facts, facts.return_, params)
    elif facts.ticket is None:
        yield No(reason="ticket_unknown", is_unreadable=True)
    else:
        yield from _of_ticket(facts, facts.ticket, params)


def _of_return(facts: Facts, told: ReturnFacts, params: Mapping[str, Any]) -> Iterator[Answer]:
    emails = facts.customer.emails if facts.customer else ()
    source_at = told.source_at or facts.change.at
    seen = {"status": told.status, "over": told.is_over, "label": bool(told.label_url)}
    reason = "return_over" if told.is_over else "" if emails else "no_email"
    yield from _held(facts, told.requested_at or source_at, source_at, emails, reason, seen, params)
    if params["label"] and told.status == "approved" and not told.is_over:
        yield _labelled(facts, told, params["label"], seen)


def _labelled(facts: Facts, told: ReturnFacts, address: str, seen: Mapping[str, Any]) -> Answer:
    if told.label_url:
        return No(reason="label_there", seen=seen)
    action = AttachLabel(return_id=told.id, url=address)
    message = Message(
        action=action, key="label", subject=facts.email, recheck=True, once=facts.change.reference
    )
    return Decision(effect=message, because="return_approved", seen=seen)


def _of_ticket(facts: Facts, ticket: TicketSnapshot, params: Mapping[str, Any]) -> Iterator[Answer]:
    emails = ticket.customer.emails
    signs = _signs(ticket, params)
    seen = {"open": ticket.is_open, "channel": ticket.channel, "signs": signs}
    answers = {
        "sender_automatic": robots.writes(emails, ticket.subject, ticket.intents),
        "not_a_return": not signs,
        "no_email": not emails,
    }
    reason = holding.why_not(ticket) or next((code for code, applies in answers.items() if applies), "")
    yield from _held(facts, ticket.waiting_since, ticket.source_at, emails, reason, seen, params)
    if params["acknowledge"] and reason in ("", "no_email"):
        yield _acknowledged(facts, ticket, params, seen)


def _held(
    facts: Facts,
    since: datetime,
    source_at: datetime,
    emails: tuple[str, ...],
    reason: str,
    seen: Mapping[str, Any],
    params: Mapping[str, Any],
) -> Iterator[Answer]:
    expires_at = since + timedelta(days=params["max_age_days"])
    cause = holding.Cause(
        slug=slug,
        emails=emails,
        source_at=source_at,
        expires_at=expires_at,
        because="return_under_way",
        reason=reason or ("too_old" if facts.now >= expires_at else ""),
        method=params["method"],
        seen=seen,
    )
    return holding.answers(facts, cause)


def _acknowledged(
    facts: Facts, ticket: TicketSnapshot, params: Mapping[str, Any], seen: Mapping[str, Any]
) -> Answer:
    """Once for the ticket. What waits for longer than a day has been seen by people."""
    if facts.now - (ticket.created_at or ticket.source_at) > TOO_LATE:
        return No(reason="too_late", seen={**seen, "key": "acknowledgement"})
    try:
        text = placeholders.fill(params["text"], facts)
    except placeholders.Unknowable as unknown:
        return No(reason="placeholder_unreadable", seen={"field": unknown.field}, is_unreadable=True)
    if address := _label_of(facts) or params["label"]:
        text = f"{text}\n\n{LABEL.format(address)}"
    action: AnyAction = Reply(ticket_id=ticket.id, text=text)
    if ticket.channel != BY_MAIL:
        action = InternalNote(ticket_id=ticket.id, text=f"{FOR_AGENTS}\n\n{text}")
    message = Message(
        action=action,
        key="acknowledgement",
        subject=facts.email,
        recheck=True,
        once=facts.change.reference,
    )
    return Decision(effect=message, because="ticket_about_return", seen=seen)


def _label_of(facts: Facts) -> str:
    """What the newest of the customer's returns holds already."""
    newest = sorted(facts.open_returns, key=lambda each: (each.source_at, each.id), reverse=True)
    return next((each.label_url for each in newest if each.label_url), "")


def _looks_at_tickets(params: Mapping[str, Any]) -> bool:
    return bool(params["subject_words"] or params["tags"] or params["intents"])


def _signs(ticket: TicketSnapshot, params: Mapping[str, Any]) -> list[str]:
    """By what a ticket is recognised. Words are whole ones: “returned mail” is no return."""
    words = "|".join(re.escape(each) for each in params["subject_words"])
    found = {
        "subject": bool(words and re.search(rf"(?<!\w)({words})(?!\w)", ticket.subject, re.IGNORECASE)),
        "tag": holding.is_listed(ticket.tags, params["tags"]),
        "intent": holding.is_listed(ticket.intents, params["intents"]),
    }
    return [name for name, applies in found.items() if applies]

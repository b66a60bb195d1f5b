"""How a thing that goes on (a ticket, a return) holds its people's marketing, and lets go when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django import forms

from connectors.types import TicketSnapshot
from rules.decision import Answer, Decision, Hold, No, Release
from rules.facts import Facts, OpenCause

METHODS = {
    "list": "hold_list",
    "global": "hold_global",
}  # how staff call it → the vendor state that carries it
HELD = {
    "list": "hold the customer's marketing",
    "global": "suppress all e-mail of the marketing account to the customer, but not SMS,",
}


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What the changed thing says about holding. ``reason`` speaks against it, "" when nothing does.

    ``grace`` is how long it goes on holding after its end, None where it ends at once.
    """

    slug: str
    emails: tuple[str, ...]
    source_at: datetime
    expires_at: datetime
    because: str
    reason: str
    method: str
    seen: Mapping[str, Any]
    grace: timedelta | None = None


def method_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[
            ("list", "Hold list that flows and campaigns leave out"),
            ("global", "Global suppression: no e-mail at all, SMS goes on"),
        ],
        initial="list",
        help_text="How marketing is held. Global is stricter: it stops every e-mail of the account, also of "
        "campaigns whose recipients are fixed already. It does not stop SMS.",
        error_messages={"invalid_choice": "There is no such method: use “list” or “global”."},
    )


def why_not(ticket: TicketSnapshot) -> str:
    """The code of what keeps a ticket from waiting for an answer, "" when nothing does."""
    answers = {
        "ticket_gone": ticket.is_gone,
        "ticket_spam": ticket.is_spam,
        "ticket_closed": not ticket.is_open,
        "ticket_outbound": ticket.is_outbound,
    }
    return next((code for code, applies in answers.items() if applies), "")


def is_listed(values: Iterable[str], wanted: Iterable[str]) -> bool:
    """Helpdesks tell names apart by case, people who fill in a form do not."""
    return not {each.casefold() for each in values}.isdisjoint(each.casefold() for each in wanted)


def answers(facts: Facts, cause: Cause) -> Iterator[Answer]:
    """Holds for each address, the end of what is held no longer, or the "no"."""
    if not cause.reason:
        yield from _holds(facts, cause)
    held = [each for each in facts.own_causes if each.reference == facts.change.reference]
    over = [each for each in held if cause.reason or each.subject not in cause.emails]
    # A row that a newer story opened is not closed by an older one.
    current = [each for each in over if each.source_at <= cause.source_at]
    for each in current:
        yield _release(facts, cause, each)
    if cause.reason and not current:
        yield No(reason=cause.reason if not over else "older_news", seen=cause.seen)


def _holds(facts: Facts, cause: Cause) -> Iterator[Decision]:
    for email in cause.emails:
        hold = Hold(
            subject=email,
            cause=cause.slug,
            reference=facts.change.reference,
            method=METHODS[cause.method],
            source_at=cause.source_at,
            expires_at=cause.expires_at,
        )
        yield Decision(effect=hold, because=cause.because, seen=cause.seen)


def _release(facts: Facts, cause: Cause, held: OpenCause) -> Decision:
    """What has ended is given its grace once: later changes of it do not begin it again."""
    why, at = cause.reason or "customer_changed", facts.now
    if cause.grace is not None:
        ended_at = min(cause.source_at, facts.now)  # the vendor's clock may be ahead of ours
        at = ended_at + cause.grace
        at = min(at, held.release_at or at)
    release = Release(
        subject=held.subject,
        cause=cause.slug,
        reference=held.reference,
        source_at=cause.source_at,
        at=at,
        why=why,
    )
    return Decision(effect=release, because=why, seen=cause.seen)

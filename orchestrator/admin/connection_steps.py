"""From a new connection to one that is of use, step by step: done, under way, next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from connectors import registry, stand_in, targets
from connectors.models import Connection
from orchestrator.admin import history
from orchestrator.models import Import

FRESH = timedelta(days=1)  # for so long the steps of a connection that works stay on its page
LOOK_AGAIN = 3  # seconds, while something is under way
WORDS = {"done": "✓ done", "now": "under way", "next": "next", "later": "later", "bad": "needs you"}
TONES = {"done": "good", "now": "info", "next": "warn", "later": "muted", "bad": "bad"}
WANTED = {"storefront": "shop", "helpdesk": "helpdesk", "marketing": "marketing tool"}  # to be of much use


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """``button`` is what does it, as in its address, with its words."""

    label: str
    state: str
    told: str
    button: tuple[str, str] = ("", "")
    lines: list[history.Line] = []

    @property
    def address(self) -> str:
        return f"admin:connectors_connection_{self.button[0]}"

    @property
    def word(self) -> str:
        return WORDS[self.state]

    @property
    def tone(self) -> str:
        return TONES[self.state]


def panel(connection: Connection, request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Nothing where the vendor is gone, or where all was done days ago."""
    if connection.vendor not in registry.all_vendors():
        return {}
    steps = list(_steps(connection))
    is_done = all(step.state == "done" for step in steps)
    if is_done and now - connection.created_at > FRESH:
        return {}
    is_under_way = any(step.state == "now" for step in steps)
    return {
        "steps": steps,
        "done": sum(step.state == "done" for step in steps),
        "refresh": LOOK_AGAIN if is_under_way else 60,
        "next": list(_next(connection, request)) if is_done or is_under_way else [],
    }


def has_webhooks(connection: Connection) -> bool:
    return registry.vendor_class(connection.vendor).has_webhooks


def can_be_reached(connection: Connection) -> bool:
    """Whether what posts to us could find us: a real vendor knows nothing of this machine's own address."""
    return stand_in.is_sandbox(connection) or not targets.is_loopback(
        urlsplit(settings.PUBLIC_URL).hostname or ""
    )


def _steps(connection: Connection) -> Iterator[Step]:
    yield Step(label="Credentials", state="done", told="They are stored sealed, and never shown again.")
    yield _test(connection)
    works = connection.health == Connection.Health.HEALTHY
    if has_webhooks(connection):
        yield _webhooks(connection, works)
    if history.can_import(connection):
        yield _history(connection, works)


def _test(connection: Connection) -> Step:
    button = ("test", "Test connection")
    match connection.health:
        case Connection.Health.HEALTHY:
            return Step(label="Test", state="done", told=connection.finding or "It works.")
        case Connection.Health.UNTESTED:
            told = "No call was made with these credentials yet."
            return Step(label="Test", state="next", told=told, button=button)
        case Connection.Health.WAITING:
            told = f"{connection.finding} It is tried again by itself."
            return Step(label="Test", state="now", told=told, button=button)
        case _:
            told = f"{connection.finding} Correct it in the form below, and save."
            return Step(label="Test", state="bad", told=told, button=button)


def _webhooks(connection: Connection, works: bool) -> Step:
    label, count = "Webhooks", len(connection.webhook_topics)
    if count:
        told = f"{connection.label} tells us of {count} kinds of changes at once. Looked after every hour."
        return Step(label=label, state="done", told=told)
    if connection.heard_at:
        told = f"What {connection.label} sends us arrives: see “Last webhook” below."
        return Step(label=label, state="done", told=told)
    if connection.webhooks_checked_at:
        told = "None could be registered: is there a webhook secret? Until then changes come by polling."
        return Step(label=label, state="bad", told=told, button=("webhooks", "Try again"))
    if not works:
        return Step(label=label, state="later", told="Registered by themselves once the test goes well.")
    if not can_be_reached(connection):
        told = (
            f"PUBLIC_URL is this machine itself, where {connection.label} cannot reach us. "
            "Until it names the outside address, changes come by polling."
        )
        return Step(label=label, state="bad", told=told)
    told = f"So that {connection.label} tells us of changes at once. Without them they come by polling."
    return Step(label=label, state="next", told=told, button=("webhooks", "Set up webhooks"))


def _history(connection: Connection, works: bool) -> Step:
    label, lines = "First import", history.lines(connection)
    states = set(Import.objects.filter(connection=connection).values_list("state", flat=True))
    if Import.State.FAILED in states:
        told = "Part of it could not be read; what happens now is heard all the same."
        button = ("history-again", "Read the history again")
        return Step(label=label, state="bad", told=told, button=button, lines=lines)
    if states == {Import.State.DONE}:
        return Step(label=label, state="done", told="Everything of before is known.", lines=lines)
    if not (works or states):
        return Step(label=label, state="later", told="Begins by itself once the test goes well.")
    told = "What was there before is read by itself. It sends nothing."
    return Step(label=label, state="now", told=told, lines=lines)


def _next(connection: Connection, request: HttpRequest) -> Iterator[tuple[str, str]]:
    """What makes the client of use, as far as this person may do it."""
    query = f"?store={connection.store_id}"
    there = {row.role for row in connection.store.connections.all()}
    missing = [word for role, word in WANTED.items() if role not in there]
    if missing and request.user.has_perm("connectors.add_connection"):
        yield f"Connect the {missing[0]}", reverse("admin:connectors_connection_add") + query
    if request.user.has_perm("rules.add_rule"):
        yield "Add a rule", reverse("admin:rules_rule_add") + query
    if request.user.has_perm("connectors.view_store"):
        yield "See the client's set-up", reverse("admin:rollout", args=[connection.store_id])

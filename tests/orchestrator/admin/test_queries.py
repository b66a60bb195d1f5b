"""Pages ask the database a fixed number of questions, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessment.models import Assessment, AuditRequest, Invitation
from connectors.models import Connection, Store
from orchestrator.models import (
    Attention,
    Blueprint,
    Cart,
    CustomerRecord,
    Delivery,
    InboxEvent,
    Order,
    OutboxAction,
    Product,
    ReorderDraft,
    Return,
    RunLogEntry,
    Stop,
    Suppression,
    Ticket,
    VendorState,
)
from rules.models import Rule
from tests.orchestrator.admin import assessed, examples, pages, under_way
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
# Session, person, two for permissions, the badge, and, as here is one, the stops: what every page asks.
CEILINGS = {
    Assessment: 8,
    Attention: 8,
    AuditRequest: 8,
    Blueprint: 8,
    Cart: 8,
    CustomerRecord: 8,
    Connection: 9,
    Delivery: 8,
    InboxEvent: 8,
    Invitation: 8,
    Order: 8,
    OutboxAction: 8,
    Product: 8,
    ReorderDraft: 9,
    Return: 8,
    Rule: 9,
    RunLogEntry: 8,  # and one's own filters
    Stop: 8,
    Store: 9,
    Suppression: 10,  # where each is applied, and how many are stuck
    Ticket: 8,
    VendorState: 8,
}
WITHOUT_STATE = (
    Blueprint,
    Cart,
    Connection,
    CustomerRecord,
    Invitation,
    Order,
    Product,
    Return,
    Rule,
    RunLogEntry,
    Store,
    Ticket,
)


def asked(client: Client, path: str) -> int:
    with CaptureQueriesContext(database) as queries:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return len(queries)


def fill(world: World) -> None:
    """Forty more rows of everything, and three more clients."""
    for number in range(3):
        examples.healthy(examples.store(f"Client {number}"), "klaviyo")
    for number in range(40):
        subject = f"person{number}@shop.test"
        rule = examples.rule(world.store, "draft", name=f"Rule {number}")
        examples.suppression(rule, subject, number)
        examples.vendor_state(world.klaviyo, subject)
        examples.delivery(world.gorgias)
        examples.event(world.gorgias, number)
        examples.action(world.gorgias, number + 100)
        examples.reorder(world.store, number)
        Blueprint.objects.create(name=f"Blueprint {number}", source=world.store)
        examples.mirrored(world.store, number)
        examples.attention(world.store, "hold_lost", f"Hold {number}", reference=f"hold:{number}")
        examples.entry(world.store, at=NOW + timedelta(seconds=number), subject=subject)
        assessed.rows(world.store, NOW)


def clients(count: int, person: User) -> None:
    """So many more clients of this person, each with tools, a hold, a step and a day of work."""
    for _ in range(count):
        owner = examples.store(f"Client {Store.objects.count()}")
        owner.staff.add(person)
        examples.healthy(owner, "gorgias")
        examples.failing(owner, "klaviyo")
        hold = examples.rule(owner)
        examples.suppression(hold, "ana@shop.test")
        under_way.enrolment(hold, "ana@shop.test", NOW)
        examples.story(owner)


def test_lists_cost_the_same_with_many_rows(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    paths = {
        model: pages.changelist(model) + ("" if model in WITHOUT_STATE else "?state=all")
        for model in CEILINGS
    }
    few = {model: asked(client, path) for model, path in paths.items()}

    fill(ours)
    Store.objects.exclude(pk=ours.store.pk).first().staff.add(maya)  # type: ignore[union-attr]

    assert {model: asked(client, path) for model, path in paths.items()} == few
    assert [model for model in CEILINGS if few[model] > CEILINGS[model]] == []


@pytest.mark.parametrize("person", ["root", "maya"])
def test_overviews_cost_the_same_with_many_rows(person: str, ours: World, maya: User, enter: Enter) -> None:
    client = enter(User.objects.get(username=person))
    paths = {reverse("admin:index"): 19, reverse("admin:operations"): 19, reverse("admin:needs"): 7}
    few = {path: asked(client, path) for path in paths}

    fill(ours)

    assert {path: asked(client, path) for path in paths} == few
    assert [path for path, ceiling in paths.items() if few[path] > ceiling] == []


@pytest.mark.parametrize("person", ["root", "maya"])
def test_thirty_clients_cost_the_dashboard_what_three_do(
    person: str, ours: World, maya: User, enter: Enter
) -> None:
    client = enter(User.objects.get(username=person))
    ours.store.staff.add(maya)
    clients(2, maya)
    few = asked(client, reverse("admin:index"))

    clients(27, maya)

    assert asked(client, reverse("admin:index")) == few
    assert few < 20


def test_a_timeline_costs_the_same_with_many_entries(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    entry = RunLogEntry.objects.order_by("pk").first()
    assert entry is not None
    few = asked(client, pages.change(entry))

    for number in range(60):
        examples.entry(ours.store, "action_retry", at=NOW, trace=entry.trace, what=f"Try {number}")

    assert asked(client, pages.change(entry)) == few
    assert few <= 9


def test_pages_cost_the_same_with_many_rows(ours: World, maya: User, enter: Enter) -> None:
    client, paths = enter(maya), [pages.change(row) for row in (ours.store, ours.gorgias, ours.rule)]
    paths.append(reverse("admin:connectors_store_capabilities", args=[ours.store.pk]))
    for path in paths:
        client.get(path)  # what is asked once in a process
    few = {path: asked(client, path) for path in paths}

    fill(ours)

    assert {path: asked(client, path) for path in paths} == few


def test_the_log_is_not_counted_for_the_dashboard(ours: World, enter: Enter) -> None:
    client = enter(ours.root)

    with CaptureQueriesContext(database) as queries:
        client.get(reverse("admin:index"))

    about_the_log = [each["sql"] for each in queries if 'FROM "orchestrator_runlogentry"' in each["sql"]]
    assert about_the_log
    # By time, or by the trace of a hold: whether a rule was seen to work.
    assert not [sql for sql in about_the_log if '"at" >=' not in sql and '"trace" = ' not in sql]

"""The page on which a rule is tried out."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connectors.types import Person, TicketSnapshot
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent
from rules import publish
from rules.models import Rule
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
ANA = Person(id="7", emails=("ana@shop.test",))


def url(rule: Rule) -> str:
    return reverse("admin:rule_try", args=[rule.pk])


def shown(client: Client, rule: Rule, **asked: Any) -> str:
    answer = client.get(url(rule), asked)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def heard(world: World, **told: Any) -> InboxEvent:
    """A ticket that was opened at our client."""
    ticket = TicketSnapshot(id="8001", source_at=NOW, created_at=NOW, is_open=True, customer=ANA, **told)
    row = examples.event(world.gorgias, 777, "done", trace="9" * 32)
    row.body, row.object_id = inbox.write_body(ticket), "8001"
    row.save()
    examples.entry(
        world.store,
        "event_heard",
        trace=row.trace,
        reference="gorgias:ticket:8001",
        transitions=["ticket.opened"],
    )
    return row


def test_a_rule_leads_to_where_it_is_tried(ours: World, maya: User, enter: Enter) -> None:
    page = enter(maya).get(pages.change(ours.rule)).content.decode()

    assert f'href="{url(ours.rule)}"' in page


def test_a_hold_is_told_with_why_and_what_was_seen(ours: World, maya: User, enter: Enter) -> None:
    page = shown(enter(maya), ours.rule)

    assert "Hold marketing" in page
    assert "Because a ticket waits for an answer." in page
    assert "channel “email”" in page


def test_what_is_typed_counts(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    asked = {"what": "ticket.opened", "go": "1", "subject": "Bulk", "channel": "email", "amount": "0"}
    typed = {**asked, "currency": "USD", "orders_before": "0"}

    no = shown(client, ours.custom, **typed, tags="retail")
    yes = shown(client, ours.custom, **typed, tags="retail, wholesale")

    assert "✗ ticket.tags contains wholesale (seen “retail”)" in no
    assert "✓ ticket.tags contains wholesale" in yes
    assert "PUT https://north-ridge-outfitters.gorgias.com/api/tickets/900000001" in yes
    assert "What it is given" in yes
    assert examples.KEY not in yes


def test_what_is_looked_up_first_is_said_so(ours: World, maya: User, enter: Enter) -> None:
    then = [{"action": "tag_ticket", "with": {"tag": "late"}}]
    params = publish.check("custom", {"when": "ticket.opened", "then": then})
    rule = Rule.objects.create(store=ours.store, name="Tag", recipe="custom", params=params)

    page = shown(enter(maya), rule)

    assert "GET https://north-ridge-outfitters.gorgias.com/api/tags" in page
    assert "It looks at Gorgias first" in page


def test_a_wrong_value_is_told_beside_its_field(ours: World, maya: User, enter: Enter) -> None:
    page = shown(enter(maya), ours.custom, what="ticket.opened", go="1", currency="dollars", amount="-1")

    assert "Needs three capital letters, such as USD." in page
    assert "Ensure this value is greater than or equal to 0." in page
    assert "Correct what is marked" in page


def test_something_that_was_heard_is_tried_as_it_was(ours: World, maya: User, enter: Enter) -> None:
    event = heard(ours, channel="chat", tags=("wholesale",))
    client = enter(maya)

    offered = shown(client, ours.custom)
    page = shown(client, ours.custom, event=event.pk)

    assert f"?event={event.pk}" in offered
    assert "✓ ticket.tags contains wholesale" in page
    assert "The event is as it was heard" in page


def test_an_event_that_told_nothing_of_it_says_so(ours: World, maya: User, enter: Enter) -> None:
    silent = examples.event(ours.gorgias, 778, "done", trace="8" * 32)
    silent.body = inbox.write_body(TicketSnapshot(id="8001", source_at=NOW))
    silent.save()

    assert "It told nothing that this rule hears." in shown(enter(maya), ours.custom, event=silent.pk)


def test_a_rule_that_hears_nothing_or_is_broken_says_what_to_do(
    ours: World, maya: User, enter: Enter
) -> None:
    client = enter(maya)
    empty = Rule.objects.create(
        store=ours.store, name="Empty", recipe="custom", params=publish.check("custom", {})
    )
    broken = Rule.objects.create(
        store=ours.store, name="Broken", recipe="ticket_hold", params={"method": "?"}
    )

    assert "name the change that starts it" in shown(client, empty)
    assert "method" in shown(client, broken)


def test_a_foreign_rule_and_a_foreign_event_are_not_found(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    client = enter(maya)
    foreign = InboxEvent.objects.get(store=theirs.store)

    assert client.get(url(theirs.rule)).status_code == 404
    assert client.get(url(ours.rule), {"event": foreign.pk}).status_code == 404


def test_who_may_not_see_rules_cannot_try_them(ours: World, enter: Enter) -> None:
    user = User.objects.create_user("kim", password=examples.PASSWORD, is_staff=True)
    ours.store.staff.add(user)

    assert enter(user).get(url(ours.rule)).status_code == 403


def test_trying_is_reading(ours: World, maya: User, enter: Enter) -> None:
    heard(ours)
    client = enter(maya)
    client.get(url(ours.rule))

    with CaptureQueriesContext(database) as asked:
        for more in ({}, {"event": InboxEvent.objects.get(trace="9" * 32).pk}):
            assert client.get(url(ours.rule), more).status_code == 200

    written = [
        each["sql"] for each in asked if not each["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))
    ]
    assert written == []
    assert len(asked) <= 60
    assert client.post(url(ours.rule)).status_code == 405


@pytest.mark.parametrize("kind", ["ticket", "order", "cart", "stock", "product", "customer", "return"])
def test_every_kind_of_change_has_its_fields(kind: str, ours: World, maya: User, enter: Enter) -> None:
    first = {"stock": "stock.changed", "return": "return.requested", "order": "order.paid"}
    when = first.get(kind, f"{kind}.changed")
    params = publish.check("custom", {"when": when, "then": []})
    rule = Rule.objects.create(store=ours.store, name="Any", recipe="custom", params=params)

    assert "What it would do" in shown(enter(maya), rule)
    assert msgspec.json.encode(rule.params)

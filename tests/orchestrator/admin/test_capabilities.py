"""What a client's tools can do: a table for each client, and what a rule misses beside its modes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from connectors.models import Connection, Store
from connectors.roles import Vendor
from orchestrator.admin.capabilities import Row, page
from orchestrator.models import Attention
from rules.models import Rule
from tests.orchestrator.admin import examples, pages, ruled

REFUSED = "Postbox cannot hold people by a list. It has no lists. Change the rule so that it does without,"
MISSING = "No marketing tool is connected that could hold people by a list. Connect one."

Enter = Callable[[User], Client]


@pytest.fixture
def client(db: None, enter: Enter) -> Client:
    return enter(examples.administrator())


@pytest.fixture
def store(db: None) -> Store:
    store = examples.store()
    examples.healthy(store, "gorgias")
    return store


def switch(client: Client, rule: Rule, mode: str) -> list[str]:
    answer = client.post(reverse("admin:rules_rule_mode", args=[rule.pk]), {"mode": mode})
    rule.refresh_from_db()
    return [str(message) for message in get_messages(answer.wsgi_request)]


def rows(store: Store) -> dict[str, Row]:
    return {row.does: row for _, rows in page(store)["tables"] for row in rows}


def test_what_the_tools_cannot_do_is_told_at_the_mode_and_refused(
    client: Client, store: Store, postbox: type[Vendor]
) -> None:
    Connection.objects.create(store=store, vendor="postbox")
    rule = examples.rule(store, "draft")

    shown = client.get(pages.change(rule)).content.decode()
    told = switch(client, rule, "live")

    assert REFUSED in shown
    assert 'value="live" disabled' in shown
    assert told == [f"mode: {REFUSED} or leave it in shadow."]
    assert (rule.mode, rule.version) == ("draft", None)


def test_in_shadow_it_may_be_tried(client: Client, store: Store, postbox: type[Vendor]) -> None:
    Connection.objects.create(store=store, vendor="postbox")
    rule = examples.rule(store, "draft")

    switch(client, rule, "shadow")

    assert rule.mode == "shadow"
    assert REFUSED in client.get(pages.change(rule)).content.decode()


def test_without_the_tool_it_goes_live_and_is_told_until_it_is_connected(
    client: Client, store: Store
) -> None:
    rule = examples.rule(store, "draft")

    switch(client, rule, "live")
    shown = client.get(pages.change(rule)).content.decode()
    open_alarms = [each.sentence for each in Attention.objects.open()]
    form = {"store": store.pk, "poll_every": 60, "is_enabled": "on", "credential_private_key": "pk_1"}
    client.post(f"{pages.add(Connection)}?vendor=klaviyo", form)

    assert rule.mode == "live"
    assert MISSING in shown
    assert [each.endswith(MISSING) for each in open_alarms] == [True]
    assert Connection.objects.filter(vendor="klaviyo").exists()
    assert not Attention.objects.open().filter(code="rule_lacks").exists()


def test_the_table_says_for_each_thing_how_it_is_had_and_who_uses_it(store: Store) -> None:
    hold = examples.rule(store, "live")
    draft = ruled.custom(store)
    Connection.objects.update(webhook_topics=["ticket-created"])

    found = rows(store)

    opened = found["Tell when a ticket is opened"]
    assert (opened.chip, opened.note) == ('<span class="chip good">Native</span>', "Gorgias")
    assert opened.rules == [hold, draft]
    assert found["Set the priority of tickets"].rules == [draft]
    assert found["Hold people by a list"].note == "A marketing tool would."
    assert found["Hold people by a list"].rules == [hold]
    assert found["Tell when a product is viewed"].note == "A marketing tool would."


def test_a_page_shows_it(client: Client, store: Store) -> None:
    rule = examples.rule(store, "live")
    path = reverse("admin:connectors_store_capabilities", args=[store.pk])

    shown = client.get(path).content.decode()

    assert path in client.get(pages.change(store)).content.decode()
    assert "Tell when a ticket is opened" in shown
    assert pages.change(rule) in shown


def test_a_rule_that_cannot_be_read_asks_for_nothing(client: Client, store: Store) -> None:
    Rule.objects.create(store=store, name="Old", recipe="telegram")
    Rule.objects.create(store=store, name="Broken", recipe="ticket_hold", params={"max_age_days": "x"})

    assert not any(row.rules for row in rows(store).values())

"""What a rule needs at the marketing tool, on its page: a table, two buttons, and what is left to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orchestrator.models import RunLogEntry, SetUpItem
from rules.models import Rule
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]


@pytest.fixture
def client(db: None, enter: Enter) -> Client:
    return enter(examples.administrator())


def carts(**fields: Any) -> Rule:
    """A rule of a client with a marketing tool."""
    store = examples.store()
    examples.healthy(store, "klaviyo")
    return Rule.objects.create(store=store, name="Carts", recipe="cart_recovery", params={}, **fields)


def press(client: Client, rule: Rule, button: str) -> Any:
    return client.post(reverse(f"admin:rules_rule_{button}", args=[rule.pk]))


def finding(what: str, told: str, **fields: Any) -> dict[str, Any]:
    plain = {"is_done": False, "to_do": "", "ours": False, "is_vital": True}
    return {"what": what, "told": told, **plain, **fields}


def test_the_page_shows_what_a_rule_needs_before_anybody_looked(client: Client) -> None:
    page = client.get(pages.change(carts())).content.decode()

    assert "What it needs at Klaviyo" in page
    for metric in ("Cart recovery: email", "Cart recovery: text", "Cart recovery: offer"):
        assert metric in page
    assert page.count("Not looked at yet") == 3


@pytest.mark.parametrize(("button", "is_asked"), [("set-up", True), ("check", False)])
def test_a_button_begins_it_in_the_background_and_is_logged(
    client: Client, button: str, is_asked: bool
) -> None:
    rule = carts()

    answer = press(client, rule, button)

    assert {(each.is_asked, each.due_at is not None) for each in SetUpItem.objects.all()} == {
        (is_asked, True)
    }
    assert SetUpItem.objects.count() == 3
    assert "at Klaviyo" in str(next(iter(get_messages(answer.wsgi_request))))
    (entry,) = RunLogEntry.objects.filter(code="set_up_asked")
    assert entry.details["by"] == "root"
    assert ("Under way" in client.get(pages.change(rule)).content.decode()) is is_asked


def test_what_was_found_stands_in_a_table_with_what_to_do(client: Client) -> None:
    rule = carts()
    press(client, rule, "check")
    seen = [
        finding("Event", "Klaviyo knows it", is_done=True),
        finding("Flow", "“Ours <b>” is draft", to_do="Turn it on."),
        finding("Template", "None", ours=True),
    ]
    SetUpItem.objects.update(findings=seen, state="to_do", checked_at=NOW, trouble="At the flow: refused.")

    page = client.get(pages.change(rule)).content.decode()

    for told in (
        "“Ours &lt;b&gt;” is draft",
        "Turn it on.",
        "Press “Set up”.",
        "At the flow: refused.",
        "Looked at",
    ):
        assert told in page


def test_without_a_marketing_tool_there_is_no_button(client: Client) -> None:
    rule = Rule.objects.create(store=examples.store(), name="Carts", recipe="cart_recovery", params={})

    page = client.get(pages.change(rule)).content.decode()
    answer = press(client, rule, "set-up")

    assert "No marketing tool is connected" in page
    assert ">Set up<" not in page
    assert "nothing to set up" in str(next(iter(get_messages(answer.wsgi_request))))
    assert not SetUpItem.objects.exists()


def test_a_rule_that_needs_nothing_there_shows_nothing(client: Client) -> None:
    page = client.get(pages.change(examples.rule(examples.store()))).content.decode()

    assert "What it needs" not in page


def test_flows_that_remind_of_carts_too_are_named(client: Client) -> None:
    rule = carts()
    account = rule.store.connections.get()
    account.resources = {"cart_flows": [{"id": "F", "name": "Old reminder", "trigger": "Checkout Started"}]}
    account.save()

    named = client.get(pages.change(rule)).content.decode()
    rule.params = {"beside_native_flow": True}
    rule.save()
    allowed = client.get(pages.change(rule)).content.decode()

    assert "Old reminder" in named
    assert "Old reminder" not in allowed


def test_switching_a_rule_looks_at_once(client: Client) -> None:
    rule = carts()

    client.post(reverse("admin:rules_rule_mode", args=[rule.pk]), {"mode": "live"})

    assert SetUpItem.objects.filter(rule=rule, due_at__isnull=False, is_asked=False).count() == 3


def test_only_who_may_change_a_rule_may_press(theirs: World, maya: User, enter: Enter) -> None:
    client = enter(maya)

    assert {press(client, theirs.rule, button).status_code for button in ("set-up", "check")} == {404}
    assert {
        client.get(reverse(f"admin:rules_rule_{each}", args=[theirs.rule.pk])).status_code
        for each in ("check",)
    } == {405}


def test_the_page_costs_the_same_with_everything_found(client: Client) -> None:
    rule = carts()
    client.get(pages.change(rule))

    def asked() -> int:
        with CaptureQueriesContext(database) as queries:
            client.get(pages.change(rule))
        return len(queries)

    few = asked()
    press(client, rule, "check")
    SetUpItem.objects.update(findings=[finding("Event", "x")] * 5, checked_at=NOW)
    client.get(pages.change(rule))

    assert asked() == few

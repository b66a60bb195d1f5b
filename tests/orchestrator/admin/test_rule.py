"""Rules: chosen by recipe, filled in as a form, read as a sentence, switched by mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from orchestrator.models import RunLogEntry
from rules.models import Rule
from tests.orchestrator.admin import examples, pages, ruled, sent

ADD = "/admin/rules/rule/add/"
WHEN_TAGGED = {"field": "ticket.tags", "op": "contains", "value": "wholesale"}
THEN_URGENT = {"action": "set_priority", "with-priority": "high"}


@pytest.fixture
def client(db: None, enter: Callable[[User], Client]) -> Client:
    return enter(examples.administrator())


def hold(**other: Any) -> dict[str, Any]:
    """The form of a hold as it is offered."""
    offered = {"method": "list", "channels": "", "tags": "", "intents": ""}
    named = {f"param_{name}": value for name, value in offered.items()}
    return {"name": "Hold", "param_grace_minutes": 0, "param_max_age_days": 30, **named, **other}


def custom(**other: Any) -> dict[str, Any]:
    given = {"param_when": "ticket.opened"}
    given |= {f"param_if-0-{name}": value for name, value in WHEN_TAGGED.items()}
    given |= {f"param_then-0-{name}": value for name, value in THEN_URGENT.items()}
    return {"name": "Wholesale first", **given, **other}


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def switch(client: Client, rule: Rule, mode: str) -> list[str]:
    """Press a mode's button; what the page says then."""
    answer = client.post(reverse("admin:rules_rule_mode", args=[rule.pk]), {"mode": mode})
    rule.refresh_from_db()
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_adding_begins_with_the_recipe(client: Client) -> None:
    page = client.get(ADD).content.decode()

    assert "Step 1 of 2" in page
    assert "?recipe=ticket_hold" in page
    assert "?recipe=custom" in page


def test_a_new_rule_is_a_draft_on_its_own_page(client: Client) -> None:
    store = examples.store()

    answer = client.post(f"{ADD}?recipe=ticket_hold", hold(store=store.pk, param_tags="delivery, refund"))

    rule = Rule.objects.get()
    assert answer["Location"] == pages.change(rule)
    assert (rule.store, rule.recipe, rule.mode) == (store, "ticket_hold", "draft")
    assert rule.params["tags"] == ["delivery", "refund"]


def test_the_page_reads_the_rule_aloud(client: Client) -> None:
    rule = examples.rule(examples.store(), "draft")
    rule.params = {"tags": ["refund"]}
    rule.save()

    page = client.get(pages.change(rule)).content.decode()

    assert "While a ticket tagged “refund” waits for an answer" in page


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("param_max_age_days", "0", "greater than or equal to 1"),
        ("param_grace_minutes", "soon", "whole number"),
        ("param_method", "fax", "use “list” or “global”"),
        ("name", "", "required"),
        ("store", "", "required"),
    ],
)
def test_a_mistake_is_told_beside_its_field(field: str, value: str, told: str, client: Client) -> None:
    sent = {**hold(store=examples.store().pk), field: value}

    answer = client.post(f"{ADD}?recipe=ticket_hold", sent)

    assert told in " ".join(errors(answer)[field])
    assert not Rule.objects.exists()


def test_a_name_serves_once_for_each_client(client: Client) -> None:
    rule = examples.rule(examples.store(), name="Hold")

    answer = client.post(f"{ADD}?recipe=ticket_hold", hold(store=rule.store.pk))

    assert "already has a rule of that name" in str(errors(answer))


def test_conditions_and_actions_are_written_as_yaml(client: Client) -> None:
    store = examples.store()

    client.post(f"{ADD}?recipe=custom", custom(store=store.pk))

    assert Rule.objects.get().params == {
        "when": "ticket.opened",
        "if": {"all": [{"field": "ticket.tags", "op": "contains", "value": "wholesale"}]},
        "then": [{"action": "set_priority", "with": {"priority": "high"}}],
    }


def test_what_was_saved_is_shown_in_rows_and_saves_the_same(client: Client) -> None:
    rule = ruled.custom(examples.store())
    before = rule.params

    answer = client.post(pages.change(rule), sent.of(client.get(pages.change(rule)).content.decode()))

    assert answer.status_code == 302
    rule.refresh_from_db()
    assert rule.params == before


@pytest.mark.parametrize(
    ("box", "value", "field", "told"),
    [
        ("param_if-0-field", "ticket.tagz", "param_if", "There is no field “ticket.tagz”"),
        ("param_if-0-value", "", "param_if", "Type a value"),
        ("param_then-0-action", "fax", "param_then", "Choose an action"),
        ("param_then-0-after", "tomorrow", "param_then", "waiting time"),
        ("param_then-0-unless-0-field", "ticket.status", "param_then", "Type a value"),
        ("param_when", "", "param_when", "Is missing"),
    ],
)
def test_a_mistake_is_told_beside_its_box(
    box: str, value: str, field: str, told: str, client: Client
) -> None:
    answer = client.post(f"{ADD}?recipe=custom", {**custom(store=examples.store().pk), box: value})

    page = answer.content.decode()
    assert field in errors(answer)
    assert told in page
    assert sent.of(page)[box] == value
    assert not Rule.objects.exists()


@pytest.mark.parametrize("mode", ["shadow", "live"])
def test_a_mode_that_runs_publishes_a_version(mode: str, client: Client) -> None:
    rule = examples.rule(examples.store(), "draft")

    told = switch(client, rule, mode)

    assert (rule.mode, rule.version.number) == (mode, 1)  # type: ignore[union-attr]
    assert told == [f"Version 1 was published and the mode is now {mode} (it was draft)."]


def test_each_mode_says_what_it_will_mean(client: Client) -> None:
    rule = examples.rule(examples.store(), "shadow")

    choices = client.get(pages.change(rule)).context["panel"]["choices"]

    assert [(choice.mode, choice.is_current) for choice in choices] == [
        ("draft", False),
        ("shadow", True),
        ("live", False),
        ("paused", False),
    ]
    assert all(choice.meaning for choice in choices)


def test_switching_is_noted_with_who_did_it(client: Client) -> None:
    rule = examples.rule(examples.store(), "draft")

    switch(client, rule, "live")
    switch(client, rule, "live")

    entry = RunLogEntry.objects.get(code="rule_changed")
    assert (entry.kind, entry.store, entry.details["by"]) == ("staff", rule.store, "root")
    assert (entry.rule, entry.rule_version) == (rule.name, 1)


@pytest.mark.parametrize("mode", ["", "fast", "LIVE"])
def test_an_unknown_mode_changes_nothing(mode: str, client: Client) -> None:
    rule = examples.rule(examples.store(), "shadow")

    [told] = switch(client, rule, mode)

    assert "is no mode" in told
    assert rule.mode == "shadow"


def test_editing_a_live_rule_changes_nothing_until_it_is_published(client: Client) -> None:
    rule = examples.rule(examples.store(), "live")

    answer = client.post(pages.change(rule), hold(name=rule.name, param_max_age_days=7))

    assert answer["Location"] == pages.change(rule)
    rule.refresh_from_db()
    assert rule.version.params["max_age_days"] == 30  # type: ignore[union-attr]
    page = client.get(pages.change(rule)).content.decode()
    assert "What is saved below is not what runs" in page
    switch(client, rule, "live")
    assert rule.version.params["max_age_days"] == 7  # type: ignore[union-attr]
    assert "What is saved below" not in client.get(pages.change(rule)).content.decode()


def test_versions_are_listed_with_their_sentences(client: Client) -> None:
    rule = examples.rule(examples.store(), "live")
    rule.params = {"tags": ["refund"]}
    rule.save()
    switch(client, rule, "live")

    versions = client.get(pages.change(rule)).context["panel"]["versions"]

    assert [(each["number"], each["is_current"], each["by"]) for each in versions] == [
        (2, True, "root"),
        (1, False, ""),
    ]
    assert "refund" in versions[0]["sentence"]
    assert "refund" not in versions[1]["sentence"]


def test_only_a_rule_that_never_ran_can_be_deleted(client: Client) -> None:
    store = examples.store()
    ran, draft = examples.rule(store, "live", "Ran"), examples.rule(store, "draft", "Draft")

    answers = [
        client.post(reverse("admin:rules_rule_delete", args=[rule.pk]), {"post": "yes"})
        for rule in (ran, draft)
    ]

    assert [answer.status_code for answer in answers] == [403, 302]
    assert list(Rule.objects.all()) == [ran]


def test_a_rule_never_moves_to_another_client(client: Client) -> None:
    rule = examples.rule(examples.store(), "draft")
    other = examples.store("Other")

    client.post(pages.change(rule), hold(store=other.pk, name="Renamed"))

    rule.refresh_from_db()
    assert (rule.name, rule.store == other) == ("Renamed", False)


def test_a_rule_of_a_recipe_that_is_gone_can_still_be_seen(client: Client) -> None:
    rule = Rule.objects.create(store=examples.store(), name="Old", recipe="telegram", params={"a": 1})

    page = client.get(pages.change(rule))

    assert page.status_code == 200
    assert "There is no recipe “telegram”" in page.content.decode()
    assert "telegram" in client.get(pages.changelist(Rule)).content.decode()


def test_broken_parameters_are_told_on_the_page(client: Client) -> None:
    rule = Rule.objects.create(
        store=examples.store(), name="Broken", recipe="ticket_hold", params={"max_age_days": -1}
    )

    page = client.get(pages.change(rule))
    [told] = switch(client, rule, "live")

    assert "max_age_days" in page.content.decode()
    assert "max_age_days" in told
    assert rule.mode == "draft"


def test_quiet_hours_stand_below_what_the_recipe_asks_for_itself(client: Client):
    page = client.get(f"{ADD}?recipe=post_purchase").content.decode()

    assert page.index('name="param_trigger"') < page.index('name="param_quiet_from"')

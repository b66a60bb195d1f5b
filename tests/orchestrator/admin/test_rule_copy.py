"""What works for one client is copied to others as a draft; theirs are never written over."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connectors.models import Store
from orchestrator.models import RunLogEntry
from rules.models import Rule
from tests.orchestrator.admin import examples, pages, people
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]


def url(rule: Rule) -> str:
    return reverse("admin:rules_rule_copy", args=[rule.pk])


def copy(client: Client, rule: Rule, *stores: Store) -> str:
    answer = client.post(url(rule), {"stores": [store.pk for store in stores]}, follow=True)
    return str(answer.content.decode())


def test_a_copy_is_a_draft_with_the_same_settings_and_limits(ours: World, enter: Enter) -> None:
    rule, other = ours.custom, examples.store("Zebra Goods")
    Rule.objects.filter(pk=rule.pk).update(mode="live", customers_per_hour=7)
    client = enter(ours.root)

    assert url(rule) in client.get(pages.change(rule)).content.decode()
    page = copy(client, rule, other)

    made = Rule.objects.get(store=other)
    assert (made.name, made.recipe, made.params) == (rule.name, "custom", rule.params)
    assert (made.mode, made.version, made.customers_per_hour) == ("draft", None, 7)
    assert "Copied as a draft to: Zebra Goods" in page
    line = RunLogEntry.objects.get(code="rule_changed", store=other)
    assert ours.store.name in line.details["told"]


def test_a_rule_of_that_name_stays_as_it_is_and_the_others_get_theirs(ours: World, enter: Enter) -> None:
    taken, free = examples.store("Zebra Goods"), examples.store("Acorn")
    mine = examples.rule(taken, "live", ours.rule.name)

    page = copy(enter(ours.root), ours.rule, taken, free)
    again = copy(enter(ours.root), ours.rule, free)

    assert Rule.objects.get(store=taken) == mine
    assert Rule.objects.filter(store=free).count() == 1
    assert "Zebra Goods has a rule of that name; it stays as it is." in page
    assert "Acorn has a rule of that name" in again


def test_only_ones_own_clients_are_offered_and_taken(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    second = examples.store("Acorn")
    second.staff.add(maya)
    client = enter(maya)

    page = client.get(url(ours.rule)).content.decode()
    refused = copy(client, ours.custom, theirs.store)

    assert "Acorn" in page
    assert theirs.store.name not in page
    assert "Select a valid choice" in refused
    assert Rule.objects.filter(store=theirs.store, name=ours.custom.name).count() == 1
    assert client.get(url(theirs.rule)).status_code == 404


def test_without_a_choice_it_says_so(ours: World, theirs: World, enter: Enter) -> None:
    assert "Choose at least one client" in copy(enter(ours.root), ours.rule)


def test_who_may_not_add_rules_copies_none(ours: World, theirs: World, enter: Enter) -> None:
    client = enter(people.in_role("Reviewer", "rita", ours.store))

    assert client.get(url(ours.rule)).status_code == 403
    assert url(ours.rule) not in client.get(pages.change(ours.rule)).content.decode()

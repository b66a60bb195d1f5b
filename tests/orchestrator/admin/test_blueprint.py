"""One client's rules as a template: pushed with a look at what differs, own values kept, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from connectors.models import Store
from orchestrator.admin.blueprint_push import MANY
from orchestrator.models import Blueprint, BlueprintPush, RunLogEntry
from rules import publish
from rules.models import Rule
from tests.orchestrator.admin import examples, pages, people, ruled
from tests.orchestrator.admin.examples import NOW
from tests.orchestrator.admin.test_queries import asked

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
NAME = "Hold marketing while a ticket is open"


@pytest.fixture
def client(enter: Enter) -> Client:
    return enter(examples.administrator())


@pytest.fixture
def source(db: None) -> Store:
    """Its rule holds for two hours longer, on mails only."""
    owner = examples.store("Model Store")
    with_rule(owner, "live", grace_minutes=120, channels=["email"])
    return owner


def with_rule(owner: Store, mode: str, **params: Any) -> Rule:
    row = Rule.objects.create(store=owner, name=NAME, recipe="ticket_hold", params=params)
    if mode != "draft":
        publish.set_mode(row, mode, now=NOW)
    return row


def rule_of(owner: Store) -> Rule:
    return Rule.objects.select_related("version").get(store=owner, name=NAME)


def address(blueprint: Blueprint, page: str = "push", *stores: Store) -> str:
    query = "&".join(f"stores={store.pk}" for store in stores)
    return f"{reverse(f'admin:orchestrator_blueprint_{page}', args=[blueprint.pk])}?{query}"


def push(client: Client, blueprint: Blueprint, *stores: Store, button: str = "all") -> Any:
    """Looked at, then pushed."""
    ready = client.get(address(blueprint, "push", *stores)).context["ready"]
    return client.post(address(blueprint), {"plan": [line.key for line in ready], button: "1"})


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def deviating(client: Client, blueprint: Blueprint) -> list[str]:
    lines = client.get(pages.change(blueprint)).context["panel"]["deviating"]
    return [line.store.name for line in lines]


def test_a_blueprint_is_made_from_a_client_and_says_what_stays_each_clients_own(
    client: Client, source: Store
) -> None:
    made = client.post(pages.add(Blueprint), {"name": "Shops with mails", "source": source.pk})
    blueprint = Blueprint.objects.get()
    client.post(pages.change(blueprint), {"name": "Shops", "part_0": "on", "own_0": ["channels"]})

    blueprint.refresh_from_db()
    [part] = blueprint.rules
    assert made["Location"] == pages.change(blueprint)
    assert (blueprint.name, part["name"], part["own"]) == ("Shops", NAME, ["channels"])
    assert part["params"]["grace_minutes"] == 120


def test_a_push_shows_what_differs_and_keeps_own_values(client: Client, source: Store) -> None:
    blueprint, other = ruled.blueprint(source, "channels"), examples.store("Acorn")
    rule = with_rule(other, "live", channels=["chat"])

    page = client.get(address(blueprint, "push", other)).content.decode()
    push(client, blueprint, other)

    rule = rule_of(other)
    assert "<del>0</del>" in page
    assert "<ins>120</ins>" in page
    assert rule.version is not None
    assert (rule.mode, rule.version.number) == ("live", 2)
    assert rule.version.params["grace_minutes"] == 120
    assert rule.version.params["channels"] == ["chat"]
    entry = RunLogEntry.objects.get(store=other, code="rule_changed")
    assert (entry.kind, entry.details["by"], entry.rule_version) == ("staff", "root", 2)


def test_who_lacks_a_rule_gets_a_draft(client: Client, source: Store) -> None:
    blueprint, other = ruled.blueprint(source), examples.store("Acorn")

    push(client, blueprint, other)

    rule = rule_of(other)
    assert (rule.mode, rule.version, rule.params["grace_minutes"]) == ("draft", None, 120)


def test_a_few_go_first_and_the_rest_after_a_look(client: Client, source: Store) -> None:
    blueprint = ruled.blueprint(source)
    others = [examples.store(f"Client {number}") for number in range(5)]

    first = push(client, blueprint, *others, button="few")
    done = BlueprintPush.objects.count()
    rest = client.get(first["Location"])
    push(client, blueprint, *[line.store for line in rest.context["ready"]])

    assert done == 3
    assert "2 more are waiting" in said(first)
    assert [line.store for line in rest.context["ready"]] == others[3:]
    assert deviating(client, blueprint) == []
    assert Rule.objects.filter(name=NAME).count() == 6


def test_many_clients_cost_the_look_no_more_questions(client: Client, source: Store) -> None:
    blueprint, others = ruled.blueprint(source), [examples.store(f"Client {number}") for number in range(30)]
    for other in others:
        with_rule(other, "draft", grace_minutes=other.pk)

    client.get(address(blueprint, "push", others[0]))  # what is asked once in a process
    few = asked(client, address(blueprint, "push", *others[:2]))

    assert asked(client, address(blueprint, "push", *others)) == few


def test_one_request_pushes_to_so_many_and_offers_the_rest(client: Client, source: Store) -> None:
    blueprint = ruled.blueprint(source)
    others = [examples.store(f"Client {number}") for number in range(MANY + 2)]

    page = client.get(address(blueprint, "push", *others)).content.decode()
    first = push(client, blueprint, *others)
    done = BlueprintPush.objects.count()
    rest = client.get(first["Location"]).context["ready"]

    assert f"Push to the first {MANY} of {MANY + 2}" in page
    assert done == MANY
    assert len(rest) == 2


def test_what_was_changed_since_it_was_looked_at_is_not_written_over(client: Client, source: Store) -> None:
    blueprint, other = ruled.blueprint(source), examples.store("Acorn")
    rule = with_rule(other, "draft")
    [line] = client.get(address(blueprint, "push", other)).context["ready"]
    Rule.objects.filter(pk=rule.pk).update(params={"grace_minutes": 7})

    answer = client.post(address(blueprint), {"plan": [line.key], "all": "1"})

    assert "Its rules were changed meanwhile" in said(answer)
    assert rule_of(other).params == {"grace_minutes": 7}


def test_changes_that_nobody_published_are_left_alone(client: Client, source: Store) -> None:
    blueprint, other = ruled.blueprint(source), examples.store("Acorn")
    rule = with_rule(other, "live")
    Rule.objects.filter(pk=rule.pk).update(params={"grace_minutes": 7})

    page = client.get(address(blueprint, "push", other))

    assert page.context["ready"] == []
    assert "changes that are not published yet" in page.content.decode()


def test_rolling_back_publishes_what_stood_there_before(client: Client, source: Store) -> None:
    blueprint, other, new = ruled.blueprint(source), examples.store("Acorn"), examples.store("Beech")
    with_rule(other, "live", grace_minutes=5)
    push(client, blueprint, other, new)

    for row in BlueprintPush.objects.all():
        client.post(address(blueprint, "back"), {"push": row.pk})
    twice = client.post(address(blueprint, "back"), {"push": row.pk})

    rule = rule_of(other)
    assert rule.version is not None
    assert (rule.mode, rule.version.number, rule.version.params["grace_minutes"]) == ("live", 3, 5)
    assert not Rule.objects.filter(store=new).exists()
    assert "rolled back already" in said(twice)


def test_a_rule_that_was_changed_since_the_push_is_not_rolled_back(client: Client, source: Store) -> None:
    blueprint, other = ruled.blueprint(source), examples.store("Acorn")
    rule = with_rule(other, "draft")
    push(client, blueprint, other)
    Rule.objects.filter(pk=rule.pk).update(params={"grace_minutes": 9})

    answer = client.post(address(blueprint, "back"), {"push": BlueprintPush.objects.get().pk})

    assert "stays as it is: it was changed since" in said(answer)
    assert rule_of(other).params == {"grace_minutes": 9}


def test_who_deviates_is_listed_but_not_for_own_values(client: Client, source: Store) -> None:
    blueprint = ruled.blueprint(source, "channels")
    own, other = examples.store("Acorn"), examples.store("Beech")
    push(client, blueprint, own, other)
    Rule.objects.filter(store=own).update(params={"grace_minutes": 120, "channels": ["sms"]})
    Rule.objects.filter(store=other).update(params={"grace_minutes": 1})

    assert deviating(client, blueprint) == ["Beech"]


def test_the_blueprint_follows_its_client_when_asked(client: Client, source: Store) -> None:
    blueprint = ruled.blueprint(source, "channels")
    rule = rule_of(source)
    rule.params = {**rule.params, "grace_minutes": 30}
    rule.save()
    publish.set_mode(rule, "live", now=NOW)

    client.post(address(blueprint, "refresh"))

    blueprint.refresh_from_db()
    assert blueprint.rules[0]["params"]["grace_minutes"] == 30
    assert blueprint.rules[0]["own"] == ["channels"]


def test_one_sees_and_pushes_to_ones_own_clients_only(source: Store, enter: Enter) -> None:
    mine, theirs = examples.store("Acorn"), examples.store("Zebra Goods")
    blueprint = ruled.blueprint(source)
    ben = people.in_role("Operator", "ben", source, mine)
    eve = people.in_role("Operator", "eve", theirs)
    [line] = enter(examples.administrator()).get(address(blueprint, "push", theirs)).context["ready"]

    page = enter(ben).get(address(blueprint, "push", theirs)).content.decode()
    enter(ben).post(address(blueprint), {"plan": [line.key], "all": "1"})

    assert "Acorn" in page
    assert "Zebra" not in page
    assert not Rule.objects.filter(store=theirs).exists()
    assert enter(eve).get(address(blueprint)).status_code == 404
    assert "Like Model Store" not in enter(eve).get(pages.changelist(Blueprint)).content.decode()

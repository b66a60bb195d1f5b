"""A version tells in which settings it differs, and fills the form again; what runs waits for publishing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orchestrator.admin.rule_versions import Line, differences
from orchestrator.models import RunLogEntry
from rules import publish
from rules.models import Rule
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
TAG = {"action": "tag_ticket", "with": {"tag": "seen"}}
NOTE = {"action": "internal_note", "with": {"text": "Look"}}


@pytest.fixture
def client(db: None, enter: Enter) -> Client:
    return enter(examples.administrator())


@pytest.fixture
def rule(db: None) -> Rule:
    """In shadow on its second version, with a third one in its form."""
    made = Rule.objects.create(store=examples.store(), name="Hold", recipe="ticket_hold", params={})
    for grace in (5, 10):
        made.params = {"grace_minutes": grace, "tags": ["refund"] if grace == 10 else []}
        made.save()
        publish.set_mode(made, "shadow", now=NOW)
    made.params = {"grace_minutes": 15}
    made.save()
    return made


def url(rule: Rule, number: int, page: str = "version") -> str:
    return reverse(f"admin:rules_rule_{page}", args=[rule.pk, number])


def told(recipe: str, before: Any, after: Any) -> dict[str, tuple[str, str]]:
    return {each.label: (each.before, each.after) for each in differences(recipe, before, after)}


def test_the_rules_page_leads_to_each_version(client: Client, rule: Rule) -> None:
    page = client.get(pages.change(rule)).content.decode()

    assert url(rule, 1) in page
    assert url(rule, 2) in page


def test_a_version_tells_what_it_changed_and_how_the_form_differs(client: Client, rule: Rule) -> None:
    page = client.get(url(rule, 2))

    since = {each.label: (each.before, each.after) for each in page.context["since"] if not each.lines}
    to_form = {each.label: (each.before, each.after) for each in page.context["to_form"] if not each.lines}
    assert since == {"Grace minutes": ("5", "10")}
    assert to_form == {"Grace minutes": ("10", "15")}
    assert "<ins>+ - refund</ins>" in page.content.decode()
    assert "in use" in page.content.decode()


def test_what_is_left_out_and_its_default_are_the_same(db: None) -> None:
    whole = publish.check("ticket_hold", {})

    assert told("ticket_hold", {}, whole) == {}
    assert told("ticket_hold", whole, {**whole, "method": "global"})


def test_actions_are_compared_line_by_line() -> None:
    before, after = ({"when": "ticket.opened", "then": then} for then in ([TAG], [TAG, NOTE]))

    (found,) = differences("custom", before, after)

    assert Line(" ", "- action: tag_ticket") in found.lines
    assert Line("+", "- action: internal_note") in found.lines
    assert all(each.sign != "-" for each in found.lines)


def test_settings_of_a_recipe_that_is_gone_are_told_all_the_same() -> None:
    assert told("no_such_recipe", {"old_one": 1}, {"old_one": 2}) == {"Old one": ("1", "2")}


def test_restoring_fills_the_form_and_changes_nothing_that_runs(client: Client, rule: Rule) -> None:
    page = client.post(url(rule, 1, "restore"), follow=True).content.decode()

    rule.refresh_from_db()
    assert rule.params["grace_minutes"] == 5
    assert rule.version is not None
    assert rule.version.number == 2
    assert "The form says what version 1 said" in page
    assert "Publish the changes" in page
    (line,) = RunLogEntry.objects.filter(code="rule_changed")
    assert "version 1 again" in line.details["told"]
    publish.set_mode(rule, "shadow", now=NOW)
    assert rule.version.number == 3


def test_a_version_that_no_longer_fits_leaves_the_form_alone(client: Client, rule: Rule) -> None:
    rule.versions.filter(number=1).update(params={"grace_minutes": "for ever"})

    page = client.post(url(rule, 1, "restore"), follow=True).content.decode()

    rule.refresh_from_db()
    assert rule.params == {"grace_minutes": 15}
    assert "does not fit its recipe any more" in page
    assert client.get(url(rule, 1)).status_code == 200


def test_who_may_only_look_sees_the_difference_and_no_button(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    maya.groups.clear()
    maya.user_permissions.set(examples.permissions("view_rule"))
    publish.set_mode(ours.rule, "shadow", now=NOW)
    publish.set_mode(theirs.rule, "shadow", now=NOW)
    visitor, number = enter(maya), ours.rule.versions.latest("number").number

    page = visitor.get(url(ours.rule, number))

    assert page.status_code == 200
    assert "Restore version" not in page.content.decode()
    assert visitor.post(url(ours.rule, number, "restore")).status_code == 403
    assert visitor.get(url(theirs.rule, 1)).status_code == 404
    assert visitor.get(url(ours.rule, 99)).status_code == 404

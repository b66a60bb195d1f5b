"""Publishing: versions that never change, modes, and what the engine is given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from connectors.models import Store
from connectors.types import Transition
from rules import publish, registry
from rules.models import Rule, RuleVersion
from tests.rules.examples import NOW

pytestmark = pytest.mark.django_db
KNOWN = f"{', '.join(registry.all_recipes())}."
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def store() -> Store:
    return Store.objects.create(slug="north-ridge", name="North Ridge", platform="shopify")


def stored(store: Store, **fields: Any) -> Rule:
    return Rule.objects.create(store=store, **{"name": "Hold", "recipe": "ticket_hold", **fields})


def edited(rule: Rule, **params: Any) -> Rule:
    rule.params = params
    rule.save()
    return rule


def kept(rule: Rule) -> Any:
    """The row as it is stored now."""
    return Rule.objects.select_related("version").get(pk=rule.pk)


def test_going_live_publishes_the_working_copy_with_its_defaults(store):
    staff = User.objects.create(username="kim")
    rule = stored(store, params={"grace_minutes": 5})

    published = publish.set_mode(rule, "live", now=NOW, by=staff)

    version = kept(rule).version
    assert published.version == version.number == 1
    assert published.sentence() == "Version 1 was published and the mode is now live (it was draft)."
    assert (version.params["grace_minutes"], version.params["max_age_days"]) == (5, 30)
    assert (version.published_at, version.published_by, version.live_at) == (NOW, staff, NOW)
    assert kept(rule).params == {"grace_minutes": 5}


def test_the_given_rule_shows_the_change(store):
    rule = stored(store)

    publish.set_mode(rule, "live", now=NOW)

    assert (rule.mode, rule.version, rule.pass_due_at) == ("live", kept(rule).version, NOW)


def test_nothing_changed_publishes_nothing(store):
    rule = stored(store)
    publish.set_mode(rule, "live", now=NOW)
    Rule.objects.update(pass_due_at=None)

    published = publish.set_mode(rule, "live", now=LATER)

    assert not published.is_change
    assert published.sentence() == "Nothing changed."
    assert kept(rule).version.live_at == NOW
    assert kept(rule).pass_due_at is None


def test_writing_out_a_default_is_no_change(store):
    rule = stored(store)
    publish.set_mode(rule, "live", now=NOW)

    published = publish.set_mode(edited(rule, max_age_days=30, channels=[]), "live", now=LATER)

    assert not published.is_change


def test_an_edit_runs_only_after_it_is_published_as_the_next_version(store):
    rule = stored(store)
    publish.set_mode(rule, "live", now=NOW)
    edited(rule, grace_minutes=9)

    (before,) = publish.compiled_for([store.pk])[store.pk].rules
    published = publish.set_mode(rule, "live", now=LATER)
    (after,) = publish.compiled_for([store.pk])[store.pk].rules

    assert (before.version, before.params["grace_minutes"]) == (1, 0)
    assert (after.version, after.params["grace_minutes"], after.live_at) == (2, 9, LATER)
    assert published.sentence() == "Version 2 was published."
    assert kept(rule).pass_due_at == LATER


def test_another_recipe_is_another_version(store):
    rule = stored(store)
    publish.set_mode(rule, "shadow", now=NOW)
    rule.recipe = "custom"
    rule.save()

    assert publish.set_mode(rule, "shadow", now=LATER).version == 2


def test_published_versions_stay_as_they_are(store):
    rule = stored(store, params={"grace_minutes": 5})
    publish.set_mode(rule, "live", now=NOW)
    first = RuleVersion.objects.values().get()

    for number, mode in enumerate(["shadow", "live", "paused", "draft", "live"]):
        publish.set_mode(edited(rule, grace_minutes=number), mode, now=LATER)

    assert RuleVersion.objects.values().get(number=1) == first
    assert list(rule.versions.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]


def test_live_at_is_when_a_version_was_first_live(store):
    rule = stored(store)

    publish.set_mode(rule, "shadow", now=NOW)
    in_shadow = kept(rule).version.live_at
    publish.set_mode(rule, "live", now=LATER)
    publish.set_mode(rule, "paused", now=LATER + timedelta(hours=1))
    publish.set_mode(rule, "live", now=LATER + timedelta(hours=2))

    assert in_shadow is None
    assert kept(rule).version.live_at == LATER
    assert kept(rule).version.number == 1


@pytest.mark.parametrize(
    ("before", "after", "is_due"),
    [
        ("draft", "shadow", False),
        ("draft", "live", True),
        ("draft", "paused", False),
        ("shadow", "live", True),
        ("shadow", "draft", True),
        ("live", "live", False),
        ("live", "paused", False),
        ("live", "draft", True),
        ("live", "shadow", True),
        ("paused", "live", True),
        ("paused", "draft", True),
        ("paused", "shadow", True),
    ],
)
def test_a_pass_is_due_when_holds_begin_or_end_also_in_shadow(store, before, after, is_due):
    rule = stored(store)
    publish.set_mode(rule, "shadow", now=NOW)
    publish.set_mode(rule, before, now=NOW)
    Rule.objects.update(pass_due_at=None)

    publish.set_mode(rule, after, now=LATER)

    assert kept(rule).pass_due_at == (LATER if is_due else None)


def test_wrong_parameters_are_refused_and_nothing_changes(store):
    rule = stored(store, params={"max_age_days": 0})

    with pytest.raises(ValidationError) as caught:
        publish.set_mode(rule, "live", now=NOW)

    assert list(caught.value.message_dict) == ["max_age_days"]
    assert (rule.mode, kept(rule).mode, RuleVersion.objects.count()) == ("draft", "draft", 0)


@pytest.mark.parametrize(
    ("recipe", "mode", "sentence"),
    [
        ("ticket_hlod", "live", "There is no recipe “ticket_hlod”. Known recipes: " + KNOWN),
        ("ticket_hold", "on", "“on” is no mode. Use draft, shadow, live, paused."),
    ],
)
def test_an_unknown_recipe_or_mode_is_refused_with_the_known_ones(store, recipe, mode, sentence):
    with pytest.raises(ValidationError) as caught:
        publish.set_mode(stored(store, recipe=recipe), mode, now=NOW)

    assert publish.said(caught.value).endswith(sentence)


def test_a_broken_rule_can_still_be_paused(store):
    rule = stored(store)
    publish.set_mode(rule, "live", now=NOW)

    publish.set_mode(edited(rule, max_age_days="x"), "paused", now=LATER)

    assert kept(rule).mode == "paused"


def test_the_rules_of_many_stores_are_compiled_in_one_query(store, django_assert_num_queries):
    others = [Store.objects.create(slug=f"s{n}", name="S", platform="shopify") for n in range(3)]
    for each in [store, *others[:2]]:
        for mode in ("live", "shadow", "paused", "draft"):
            rule = stored(each, name=mode)
            publish.set_mode(rule, "live", now=NOW)
            publish.set_mode(rule, mode, now=NOW)
    publish.set_mode(stored(store, name="never published"), "paused", now=NOW)

    with django_assert_num_queries(1):
        books = publish.compiled_for([store.pk, *(each.pk for each in others)])

    assert [each.mode for each in books[store.pk].rules] == ["live", "shadow", "paused"]
    assert [len(books[each.pk].rules) for each in others] == [3, 3, 0]
    assert books[store.pk].rules[0].hears == books[store.pk].rules[0].recipe.hears({})


def test_a_rule_that_became_invalid_is_left_out_and_told(store):
    fine, renamed, invalid = (stored(store, name=name) for name in ("Fine", "Renamed", "Invalid"))
    for rule in (fine, renamed, invalid):
        publish.set_mode(rule, "live", now=NOW)
    renamed.versions.update(recipe="ticket_silence")
    invalid.versions.update(params={"max_age_days": "long"})

    book = publish.compiled_for([store.pk])[store.pk]

    assert [each.name for each in book.rules] == ["Fine"]
    assert [(each.name, each.sentence) for each in book.broken] == [
        ("Renamed", f"recipe: There is no recipe “ticket_silence”. Known recipes: {KNOWN}"),
        ("Invalid", "max_age_days: Needs a whole number, not “long”."),
    ]


def test_work_in_flight_finds_the_version_it_was_planned_with(store, django_assert_num_queries):
    first, second = stored(store, name="One"), stored(store, name="Two")
    for minutes in (1, 2):
        for rule in (first, second):
            publish.set_mode(edited(rule, grace_minutes=minutes), "live", now=NOW)
    publish.set_mode(first, "paused", now=LATER)

    with django_assert_num_queries(1):
        found = publish.compiled_versions([(first.pk, 1), (second.pk, 2), (second.pk, 9)])

    assert {key: (each.params["grace_minutes"], each.mode) for key, each in found.items()} == {
        (first.pk, 1): (1, "paused"),
        (second.pk, 2): (2, "live"),
    }


def test_an_unsaved_rule_is_compiled_as_it_stands_on_the_form(store):
    rule = Rule(store=store, name="New", recipe="custom", params={"when": "order.paid"})

    compiled = publish.compiled(rule, mode="shadow")

    assert (compiled.name, compiled.mode, compiled.version) == ("New", "shadow", 0)
    assert compiled.hears == {Transition.ORDER_PAID}

"""Parameters from files and from forms: strict about kinds, clear about what is wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from rules import params, registry
from rules.compiled import Recipe

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
STEP = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from(["tag_ticket", "set_property", "send_event", "assign_team"]) | JSON,
        "after": st.sampled_from(["PT2H", "P1D", "soon"]) | JSON,
        "with": st.dictionaries(
            st.sampled_from(["tag", "name", "value", "metric", "properties", "team"]), JSON, max_size=3
        )
        | JSON,
    },
)
NAMES = ["method", "channels", "grace_minutes", "max_age_days", "when", "if", "then"]
ALMOST = st.dictionaries(
    st.sampled_from(NAMES),
    JSON | st.lists(STEP, max_size=3) | st.integers(0, 40) | st.lists(st.text(max_size=5), max_size=3),
    max_size=4,
)


def problems(recipe: str, values: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        params.clean(registry.recipe(recipe), values)
    return caught.value.message_dict


def cleaned_or_problems(recipe: Recipe, values: Any) -> tuple[Any, dict[str, list[str]]]:
    try:
        return params.clean(recipe, values), {}
    except ValidationError as error:
        return None, error.message_dict


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        ({"max_age_days": "abc"}, "max_age_days", "Needs a whole number, not “abc”."),
        ({"max_age_days": "30"}, "max_age_days", "Needs a whole number, not “30”."),
        ({"max_age_days": 1.5}, "max_age_days", "Needs a whole number, not the number 1.5."),
        ({"max_age_days": [30]}, "max_age_days", "Needs a whole number, not a list."),
        ({"max_age_days": True}, "max_age_days", "Needs a whole number, not true."),
        ({"max_age_days": None}, "max_age_days", "Needs a whole number, not nothing."),
        ({"method": True}, "method", "Needs a text, not true."),
        ({"method": {}}, "method", "Needs a text, not names and values."),
        ({"channels": "email"}, "channels", "Needs a list of texts, not “email”."),
        ({"channels": ["email", 1]}, "channels", "Needs a list of texts; the number 1 is not a text."),
        ({"tags": ["a\0b"]}, "tags", "Holds characters that cannot be stored."),
        ({"tags": ["\ud800"]}, "tags", "Holds characters that cannot be stored."),
        ({"tags": date(2026, 1, 1)}, "tags", "Holds a date; put it in quotes to make it a text."),
        ({"grace_minutes": float("nan")}, "grace_minutes", "Holds a number that cannot be stored exactly."),
        ({"grace_minutes": 10**400}, "grace_minutes", "Holds a number that cannot be stored exactly."),
        (
            {"chanels": []},
            "chanels",
            "There is no parameter “chanels”. "
            "Allowed: method, channels, tags, intents, grace_minutes, max_age_days.",
        ),
        ([], "__all__", "Needs names and values, not a list."),
        (None, "__all__", "Needs names and values, not nothing."),
    ],
)
def test_a_wrong_parameter_gets_one_sentence_beside_its_name(values, name, sentence):
    assert problems("ticket_hold", values) == {name: [sentence]}


class Kinds(forms.Form):
    """The kinds of fields that a recipe may use besides those of the two recipes above."""

    is_strict = forms.BooleanField(required=False, initial=False)
    threshold = forms.DecimalField(initial=Decimal("9.50"))


def test_amounts_and_switches_of_a_file_keep_their_kind():
    assert params.checked(Kinds, {}) == {"is_strict": False, "threshold": Decimal("9.50")}
    given = {"is_strict": True, "threshold": "7.25"}
    assert params.to_json(params.checked(Kinds, given)) == given
    assert params.checked(Kinds, {"threshold": 7})["threshold"] == 7


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"is_strict": 1}, "Needs true or false, not the number 1."),
        ({"is_strict": "yes"}, "Needs true or false, not “yes”."),
        ({"threshold": True}, "Needs a number, not true."),
        ({"threshold": "abc"}, "Enter a number."),
    ],
)
def test_amounts_and_switches_are_not_taken_for_each_other(values, sentence):
    with pytest.raises(ValidationError) as caught:
        params.checked(Kinds, values)

    assert caught.value.messages == [sentence]


def test_endless_nesting_is_refused():
    value: list[Any] = []
    for _ in range(500):
        value = [value]

    assert problems("custom", {"then": value}) == {"then": ["Is nested deeper than 20 levels."]}


def test_every_wrong_parameter_is_told_at_once():
    found = problems("ticket_hold", {"max_age_days": 0, "grace_minutes": "x", "colour": "red"})

    assert set(found) == {"max_age_days", "grace_minutes", "colour"}


def test_keys_of_yaml_that_are_no_texts_are_refused():
    found = problems("custom", {"then": [{"action": "send_event", "with": {"properties": {1: "a"}}}]})

    assert found == {"then": ["Holds the name the number 1; names are texts, put it in quotes."]}


@pytest.mark.parametrize("recipe", registry.all_recipes())
def test_what_is_left_out_has_a_default(recipe):
    found = registry.recipe(recipe)
    fields = found.Params.base_fields

    left_out = set(fields) - set(params.clean(found, {}))

    assert not any(fields[name].required or fields[name].initial for name in left_out)


def test_a_form_gives_the_same_values_as_a_file():
    recipe = registry.recipe("ticket_hold")
    posted = {
        "method": "list",
        "channels": "email, chat\n sms,email",
        "tags": "",
        "grace_minutes": "15",
        "max_age_days": "30",
    }

    form = recipe.Params(posted)

    assert form.is_valid()
    assert params.to_json(form.cleaned_data) == params.to_json(
        params.clean(recipe, {"channels": ["email", "chat", "sms"], "grace_minutes": 15})
    )


def test_a_form_shows_lists_as_text():
    hold = registry.recipe("ticket_hold").Params(initial={"channels": ["email", "chat"]})

    assert hold["channels"].value() == "email, chat"


@pytest.mark.parametrize("posted", ["{", "x", 1, ["a"], {"a": float("nan")}, {"a": "\0"}])
def test_a_structure_of_another_kind_gets_a_sentence(posted):
    form = registry.recipe("custom").Params({"when": "ticket.opened", "if": posted})

    assert len(form.errors["if"]) == 1


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_a_form_refuses_text_that_a_database_would_refuse(text):
    hold = registry.recipe("ticket_hold").Params({"tags": text})
    team = registry.action("assign_team").Arguments({"team": text})

    assert hold.errors["tags"] == ["Holds characters that cannot be stored."]
    assert team.errors["team"] == ["Holds characters that cannot be stored."]


@given(st.sampled_from(list(registry.all_recipes())), JSON | ALMOST)
def test_any_json_is_refused_in_sentences_or_reads_back_as_itself(slug, values):
    recipe = registry.recipe(slug)
    cleaned, found = cleaned_or_problems(recipe, values)

    if cleaned is None:
        assert found
        assert all(sentence for sentences in found.values() for sentence in sentences)
    else:
        stored = params.to_json(cleaned)
        assert params.to_json(params.clean(recipe, stored)) == stored
        assert recipe.sentence(cleaned).endswith(".")

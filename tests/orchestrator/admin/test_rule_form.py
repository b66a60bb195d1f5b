"""A rule by staff as a form: what is left empty is left to the recipe."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.admin.rule_form import form_for, param_names
from rules.models import Rule


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({}, {}),
        ({"param_quiet_from": "", "param_quiet_to": "", "param_most_per_day": ""}, {}),
        ({"param_most_per_day": "2"}, {"most_per_day": 2}),
        (
            {"param_quiet_from": "21:00", "param_quiet_to": "08:00"},
            {"quiet_from": "21:00", "quiet_to": "08:00"},
        ),
    ],
)
def test_quiet_hours_of_a_rule_by_staff_are_stored_only_where_some_are_typed(
    typed: dict[str, str], stored: dict[str, Any]
) -> None:
    form = form_for("custom")({"name": "Ours", "param_when": "ticket.opened", **typed}, instance=Rule())

    form.is_valid()

    assert not [name for name in form.errors if name.startswith("param_")]
    assert {name: form.instance.params.get(name) for name in stored} == stored
    assert set(form.instance.params) == {"when", "if", "then", *stored}


def test_quiet_hours_without_an_end_are_told_beside_their_field() -> None:
    form = form_for("custom")({"name": "Ours", "param_quiet_from": "21:00"}, instance=Rule())

    form.is_valid()

    assert form.errors["param_quiet_to"] == ["Quiet hours need a beginning and an end, or neither."]


def test_what_a_rule_by_staff_asks_for_itself_stands_before_the_quiet_hours() -> None:
    names = param_names("custom")

    assert names.index("param_then") < names.index("param_quiet_from")

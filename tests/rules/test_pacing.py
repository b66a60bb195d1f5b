"""Nobody hears from us too often or at night, and the reason is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from rules import pacing, params
from tests.rules.examples import NOW, facts, rule

RECIPE = rule("cart_recovery").recipe


def turn(*hours_ago: float, hour: int = 12, **values: object) -> tuple[float, str]:
    moment = NOW.replace(hour=hour)
    sent = [moment - timedelta(hours=each) for each in hours_ago]
    about = facts(now=moment, timezone="UTC")
    found = pacing.turn(params.clean(RECIPE, values), about, sent, moment)
    return (found.at - moment).total_seconds() / 3600, found.reason


def test_it_waits_for_the_morning_and_for_the_day_to_be_over():
    assert turn() == (0, "")
    assert turn(hour=22) == (10, "quiet_hours")
    assert turn(1, 25) == (0, "")
    assert turn(1, 20) == (4, "sent_enough")
    assert turn(1, 13) == (20, "sent_enough")  # until eight in the morning, not at midnight… 23:00
    assert turn(1, 20, most_per_day=3) == (0, "")
    assert turn(hour=22, quiet_from="", quiet_to="") == (0, "")


def test_quiet_hours_need_both_ends_and_read_back_as_they_are():
    stored = params.to_json(params.clean(RECIPE, {}))
    assert params.to_json(params.clean(RECIPE, stored)) == stored
    with pytest.raises(ValidationError, match="a time of day"):
        params.clean(RECIPE, {"quiet_to": "25:00"})
    with pytest.raises(ValidationError, match="a beginning and an end"):
        params.clean(RECIPE, {"quiet_to": ""})


def test_what_a_recipe_asks_for_itself_stands_before_the_hours():
    fields = list(RECIPE.Params().fields)

    assert fields[-3:] == ["quiet_from", "quiet_to", "most_per_day"]


def test_what_several_recipes_share_comes_after_a_recipes_own():
    fields = list(RECIPE.Params().fields)

    assert fields[0] == "email_after_hours"
    assert fields.index("beside_native_flow") < fields.index("code_prefix") < fields.index("quiet_from")

"""Rules by staff may have quiet hours and a cap: for what customers hear, and only where they ask for it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import coupons, hours, pacing, params, registry
from rules.decision import Decision, Message
from tests.rules.examples import CUSTOMER, facts, rule

RECIPE = registry.recipe("custom")
EVENT = {"action": "send_event", "with": {"metric": "Hello"}}
REPLY = {"action": "reply", "with": {"text": "We are on it."}}
NOTE = {"action": "internal_note", "with": {"text": "Seen."}}
NIGHT = {"quiet_from": "21:00", "quiet_to": "08:00"}
FIRST, LAST = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2029-01-01")
CLOCKS = {"TO": "Pacific/Tongatapu", "AS": "Pacific/Pago_Pago", "DE": "Europe/Berlin", "": "America/New_York"}


def clean(**values: Any) -> dict[str, Any]:
    return params.clean(RECIPE, {"when": "ticket.opened", **values})


def asked_again(*then: dict[str, Any], **values: Any) -> list[bool]:
    compiled = rule("custom", {"when": "ticket.opened", "then": list(then), **values})
    effects = [
        each.effect
        for each in compiled.recipe.decide(facts(), compiled.params)
        if isinstance(each, Decision) and isinstance(each.effect, Message)
    ]
    return [each.recheck for each in effects]


@pytest.mark.parametrize("empty", [{}, {"quiet_from": "", "quiet_to": ""}])
def test_without_the_settings_a_rule_is_stored_as_ever_and_writes_at_any_hour(empty):
    cleaned = clean(then=[EVENT], **empty)

    assert set(params.to_json(cleaned)) == {"when", "if", "then"}
    assert not pacing.applies(cleaned)
    assert asked_again(EVENT, REPLY, **empty) == [False, False]


@pytest.mark.parametrize("given_", [NIGHT, {"most_per_day": 1}, {**NIGHT, "most_per_day": 3}])
def test_one_setting_is_enough_and_binds_what_the_customer_hears_alone(given_):
    cleaned = clean(**given_)

    assert pacing.applies(cleaned)
    assert asked_again(EVENT, NOTE, REPLY, **given_) == [True, False, True]
    stored = params.to_json(cleaned)
    assert {name: stored[name] for name in given_} == given_
    assert params.to_json(params.clean(RECIPE, stored)) == stored


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        ({"quiet_from": "21:00"}, "quiet_to", "Quiet hours need a beginning and an end, or neither."),
        ({"quiet_from": "9pm", "quiet_to": "08:00"}, "quiet_from", "Needs a time of day such as 21:00."),
        ({"most_per_day": "2"}, "most_per_day", "Needs a whole number, not “2”."),
        ({"most_per_day": 0}, "most_per_day", "Ensure this value is greater than or equal to 1."),
    ],
)
def test_what_is_wrong_is_said_as_for_other_recipes(values, name, sentence):
    with pytest.raises(ValidationError) as caught:
        clean(**values)

    assert caught.value.message_dict[name] == [sentence]


def test_its_own_settings_stand_before_the_hours():
    assert list(RECIPE.Params().fields) == ["when", "if", "then", *coupons.CAPS, *pacing.FIELDS]


@settings(max_examples=60, deadline=None)
@given(
    now=st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    country=st.sampled_from(sorted(CLOCKS)),
    quiet=st.none() | st.tuples(st.times(), st.times()),
    most=st.none() | st.integers(1, 4),
    ago=st.lists(st.integers(0, 48 * 60), max_size=8),
)
def test_it_never_goes_in_the_night_or_beyond_the_cap_and_never_waits_for_ever(
    now, country, quiet, most, ago
):
    clock = [f"{each:%H:%M}" for each in quiet or ()]
    cleaned = clean(
        **dict(zip(pacing.FIELDS, clock, strict=False)), **({"most_per_day": most} if most else {})
    )
    customer = msgspec.structs.replace(CUSTOMER, country=country)
    sent = [now - timedelta(minutes=each) for each in ago]

    turn = pacing.turn(cleaned, facts(now=now, customer=customer, timezone=CLOCKS[""]), sent, now)

    local = turn.at.astimezone(ZoneInfo(CLOCKS[country]))
    heard = [each for each in sent if turn.at - pacing.WINDOW < each <= turn.at]
    assert now <= turn.at <= now + timedelta(hours=24 + 26)
    assert (turn.at > now) == bool(turn.reason)
    assert most is None or len(heard) < most
    ends = [time.fromisoformat(each) for each in clock]
    assert len(set(ends)) < 2 or not hours.is_quiet(local.time(), *ends)

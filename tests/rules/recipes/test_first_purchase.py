"""The first order that counts gives a day and a month, in the store's time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.core.exceptions import ValidationError

from connectors.types import Transition
from rules import engine, params
from rules.actions.set_property import SetProperty
from rules.decision import Answer, Decision, No, State
from rules.facts import Facts
from rules.purchases import Story, Summit
from rules.recipes import first_purchase
from tests.rules.examples import ANA, CUSTOMER, change, facts, rule

MIDNIGHT = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)  # still December in New York
PLACED: dict[str, Any] = {
    "transition": Transition.ORDER_PLACED,
    "vendor": "shopify",
    "kind": "order",
    "object_id": "9",
}


def known(story: Story | None = None, **fields: Any) -> Facts:
    customer = msgspec.structs.replace(CUSTOMER, story=story, **fields)
    return facts(change=change(**PLACED), ticket=None, customer=customer, timezone="America/New_York")


def decide(about: Facts, **values: Any) -> list[Answer]:
    return list(first_purchase.decide(about, params.clean(rule("first_purchase").recipe, values)))


def set_by(answers: list[Answer]) -> dict[str, Any]:
    """Property → value, and whether it only takes back."""
    found = {}
    for each in answers:
        assert isinstance(each, Decision)
        assert isinstance(each.effect, State)
        assert isinstance(each.effect.action, SetProperty)
        assert each.effect.action.email == ANA
        found[each.effect.action.name] = (each.effect.action.value, each.effect.takes_back)
    return found


def test_the_day_is_the_store_s():
    assert set_by(decide(known(Story(first_at=MIDNIGHT)))) == {
        "First purchase date": ("2025-12-31", False),
        "First purchase cohort": ("2025-12", False),
    }


def test_what_was_written_for_cancelled_orders_is_taken_back():
    assert set_by(decide(known(Story(summit=Summit(1))), date_property="since")) == {
        "since": (None, True),
        "First purchase cohort": (None, True),
    }


@pytest.mark.parametrize(
    ("about", "reason", "is_alarm"),
    [
        (known(None), "no_storefront", True),
        (known(Story(first_at=MIDNIGHT), email=None), "no_email", False),
        (known(Story(is_whole=False)), "history_incomplete", False),
        (known(Story()), "no_orders", False),
        (
            msgspec.structs.replace(known(Story()), timezone="Mars/Olympus"),
            "timezone_unknown",
            True,
        ),
    ],
)
def test_what_cannot_be_told_gets_a_no_with_its_reason(about: Facts, reason: str, is_alarm: bool):
    (answer,) = decide(about)

    assert isinstance(answer, No)
    assert (answer.reason, answer.is_unreadable) == (reason, is_alarm)


def test_history_steers_it():
    about = known(Story(first_at=MIDNIGHT))
    imported = msgspec.structs.replace(about, change=change(**PLACED, is_import=True, at=MIDNIGHT))

    (verdict,) = engine.decide([rule("first_purchase")], imported)

    assert len(verdict.decisions) == 2


@pytest.mark.parametrize("mode", ["paused", "stopped"])
def test_a_rule_that_is_paused_or_stopped_writes_nothing(mode: str):
    (verdict,) = engine.decide([rule("first_purchase", mode=mode)], known(Story(first_at=MIDNIGHT)))

    assert [no.reason for no in verdict.noes] == [mode, mode]


def test_two_things_cannot_stand_in_one_property():
    with pytest.raises(ValidationError, match="one would hide the other"):
        params.clean(rule("first_purchase").recipe, {"date_property": "x", "cohort_property": "x"})


def test_it_reads_as_one_sentence():
    plain = rule("first_purchase")

    assert plain.recipe.sentence(plain.params) == (
        "When a customer's first order is known, write its date into the marketing property “First purchase "
        "date” and its month into “First purchase cohort”."
    )

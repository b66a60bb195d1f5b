"""A set of questions with a planted fault is refused, each for its own reason."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from assessment import checks
from assessment.sets import ALL, CURRENT

QUESTIONS, BANDS, STEPS = CURRENT.questions, CURRENT.bands, CURRENT.steps


def changed(row: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(row, **fields)


def test_every_set_there_is_is_whole() -> None:
    assert {version: list(checks.faults(each)) for version, each in ALL.items()} == {"1": []}
    assert list(checks.sets_are_whole(None)) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"questions": (*QUESTIONS, QUESTIONS[0])}, "two questions have the same name"),
        ({"groups": (*CURRENT.groups, CURRENT.groups[0])}, "two groups"),
        ({"questions": (changed(QUESTIONS[0], group="moon"), *QUESTIONS[1:])}, "does not exist"),
        ({"groups": (*CURRENT.groups, changed(CURRENT.groups[0], slug="moon"))}, "has no question"),
        ({"key_question": "moon"}, "is not asked"),
        ({"weights": changed(CURRENT.weights, by_question={"cart_steps": 1})}, "exactly one weight"),
        (
            {"weights": changed(CURRENT.weights, by_question={each.slug: 5 for each in QUESTIONS})},
            "the same weight",
        ),
        ({"weights": changed(CURRENT.weights, reasons=CURRENT.weights.reasons[:2])}, "has a reason"),
        ({"bands": BANDS[1:]}, "do not cover every score"),
        ({"bands": (changed(BANDS[0], last=4), *BANDS[1:])}, "do not cover every score"),
        ({"steps": STEPS[:-1]}, "do not reach the highest score"),
        ({"steps": (*STEPS[:-1], changed(STEPS[-1], level=1, with_key=1))}, "could lower the level"),
        ({"steps": (*STEPS[:2], changed(STEPS[2], with_key=1), *STEPS[3:])}, "could lower the level"),
        ({"levels": CURRENT.levels[:2]}, "not described"),
    ],
)
def test_a_fault_is_named(fields: dict[str, Any], told: str) -> None:
    found = list(checks.faults(changed(CURRENT, **fields)))

    assert any(told in fault for fault in found), found

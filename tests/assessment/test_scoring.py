"""Score, level, bands, areas and gaps: by tables, and over all answers there can be."""

from __future__ import annotations

from itertools import product

import pytest

from assessment import scoring
from assessment.scoring import ANSWERS, NO, UNSURE, YES
from assessment.sets import CURRENT

SLUGS = [each.slug for each in CURRENT.questions]
KEY = CURRENT.key_question


def with_yes(count: int, *, key: bool = False) -> dict[str, str]:
    """``count`` times yes, the key question among them or not."""
    order = (
        [KEY, *(each for each in SLUGS if each != KEY)] if key else [each for each in SLUGS if each != KEY]
    )
    if count == 10:
        order = SLUGS
    return {slug: YES if slug in order[:count] else NO for slug in SLUGS}


@pytest.mark.parametrize(
    ("count", "key", "level", "band"),
    [
        (0, False, 1, (1, 2)),
        (1, False, 2, (1, 2)),
        (1, True, 2, (1, 2)),
        (3, False, 2, (1, 2)),
        (3, True, 2, (1, 2)),
        (4, False, 2, (2, 3)),
        (4, True, 3, (2, 3)),
        (6, False, 2, (2, 3)),
        (6, True, 3, (2, 3)),
        (7, False, 3, (3, 3)),
        (8, True, 3, (3, 3)),
        (9, False, 4, (4, 5)),
        (9, True, 4, (4, 5)),
        (10, True, 4, (4, 5)),
    ],
)
def test_the_level_follows_the_score_and_the_key_question(
    count: int, key: bool, level: int, band: tuple[int, int]
) -> None:
    found = scoring.result(CURRENT, with_yes(count, key=key))

    assert (found.score, found.level, found.band) == (count, level, band)


@pytest.mark.parametrize(
    ("open_ones", "first"),
    [
        (SLUGS, ["cart_steps", "after_purchase", "low_stock"]),
        (["ticket_hold", "return_hold", "stock_hold"], ["ticket_hold", "return_hold", "stock_hold"]),
        (["stock_hold", "vip_queue", "first_purchase"], ["stock_hold", "vip_queue", "first_purchase"]),
        (["revenue_report", "cross_tool"], ["cross_tool", "revenue_report"]),
        (["low_stock"], ["low_stock"]),
        ([], []),
    ],
)
def test_gaps_come_in_the_order_of_the_weights(open_ones: list[str], first: list[str]) -> None:
    answers = {slug: NO if slug in open_ones else YES for slug in SLUGS}

    assert [gap.question for gap in scoring.result(CURRENT, answers).gaps] == first


def test_areas_count_their_own_questions() -> None:
    answers = dict.fromkeys(SLUGS, NO) | {"cart_steps": YES, "low_stock": YES, "stock_hold": YES}

    found = {area.group: (area.yes, area.of) for area in scoring.areas(CURRENT, answers)}

    assert found == {"purchase": (1, 3), "stock": (2, 3), "support": (0, 2), "across": (0, 2)}


def test_not_sure_counts_as_no_and_is_told_apart() -> None:
    answers = dict.fromkeys(SLUGS, YES) | {"vip_queue": UNSURE, "low_stock": NO}

    found = scoring.result(CURRENT, answers)

    assert found.score == 8
    assert [(gap.question, gap.answer) for gap in found.gaps] == [("low_stock", NO), ("vip_queue", UNSURE)]


def test_over_all_answers_one_more_yes_never_lowers_the_level() -> None:
    """All 3^10: whatever is not yes counts alike, so levels by the set of yeses cover every answer sheet."""
    levels = {}
    for marks in product((False, True), repeat=10):
        answers = {slug: YES if mark else NO for slug, mark in zip(SLUGS, marks, strict=True)}
        levels[marks] = scoring.level(CURRENT, answers)

    lowered = [
        marks
        for marks, level in levels.items()
        for place in range(10)
        if not marks[place] and levels[(*marks[:place], True, *marks[place + 1 :])] < level
    ]

    assert lowered == []
    for sheet in product(ANSWERS, repeat=10):
        marks = tuple(answer == YES for answer in sheet)
        assert scoring.level(CURRENT, dict(zip(SLUGS, sheet, strict=True))) == levels[marks]


def test_over_all_answers_gaps_are_explained_and_never_for_a_yes() -> None:
    weights = CURRENT.weights
    explained = {slug: bool(str(weights.reason(slug))) for slug in SLUGS}

    for sheet in product(ANSWERS, repeat=10):
        answers = dict(zip(SLUGS, sheet, strict=True))
        shown = scoring.gaps(CURRENT, answers)[: scoring.MOST_GAPS]
        missing = sum(answer != YES for answer in sheet)
        names = [gap.question for gap in shown]
        assert len(shown) == min(3, missing)
        assert all(answers[name] != YES and explained[name] for name in names)
        left = [weights.by_question[s] for s in SLUGS if answers[s] != YES and s not in names]
        assert not left or min(gap.weight for gap in shown) > max(left)


def test_ten_times_yes_does_not_prove_level_five() -> None:
    assert scoring.level(CURRENT, dict.fromkeys(SLUGS, YES)) == 4

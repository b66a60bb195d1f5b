"""From answers to a result: score, the one level we print, the published band, areas and first gaps. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from assessment.catalog import Band, QuestionSet

YES, NO, UNSURE = "yes", "no", "unsure"
ANSWERS = (YES, NO, UNSURE)
MOST_GAPS = 3

Answers = Mapping[str, str]


class Area(msgspec.Struct, frozen=True, kw_only=True):
    group: str
    yes: int
    of: int


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    question: str
    answer: str  # no | unsure
    weight: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Plain values, stored as they are: a later version of this module changes no old result."""

    score: int
    of: int
    level: int
    has_key: bool
    band: tuple[int, int]  # the levels it spans
    areas: tuple[Area, ...]
    gaps: tuple[Gap, ...]


def result(questions: QuestionSet, answers: Answers) -> Result:
    """Whatever is not a yes counts as a no; "not sure" is kept apart, to be found out."""
    points = score(questions, answers)
    return Result(
        score=points,
        of=len(questions.questions),
        level=level(questions, answers),
        has_key=answers.get(questions.key_question) == YES,
        band=band(questions, points).levels,
        areas=areas(questions, answers),
        gaps=gaps(questions, answers)[:MOST_GAPS],
    )


def score(questions: QuestionSet, answers: Answers) -> int:
    return sum(answers.get(each.slug) == YES for each in questions.questions)


def level(questions: QuestionSet, answers: Answers) -> int:
    """The bands overlap; the key question decides between their levels."""
    points = score(questions, answers)
    step = next(each for each in questions.steps if points <= each.last)
    return step.with_key if answers.get(questions.key_question) == YES else step.level


def band(questions: QuestionSet, points: int) -> Band:
    return next(each for each in questions.bands if each.first <= points <= each.last)


def areas(questions: QuestionSet, answers: Answers) -> tuple[Area, ...]:
    return tuple(
        Area(
            group=group.slug,
            yes=sum(answers.get(each.slug) == YES for each in questions.of(group.slug)),
            of=sum(1 for _ in questions.of(group.slug)),
        )
        for group in questions.groups
    )


def gaps(questions: QuestionSet, answers: Answers) -> tuple[Gap, ...]:
    """All of them, the one that is worth closing first at the front."""
    weights = questions.weights.by_question
    found = [
        Gap(
            question=each.slug,
            answer=UNSURE if answers.get(each.slug) == UNSURE else NO,
            weight=weights[each.slug],
        )
        for each in questions.questions
        if answers.get(each.slug) != YES
    ]
    return tuple(sorted(found, key=lambda gap: -gap.weight))

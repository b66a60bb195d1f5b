"""A stored result in the words of its own set of questions: what the result page shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from assessment import revenue
from assessment.catalog import Band, Level, Question, QuestionSet, StrOrPromise
from assessment.forms import EstimateForm
from assessment.models import Assessment
from assessment.money import shown
from assessment.revenue import Estimate
from assessment.scoring import UNSURE, YES, Gap, Result

BAR = 240  # width of an area's bar in the units of its drawing


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    level: Level
    is_band: bool
    is_here: bool


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    title: StrOrPromise
    yes: int
    of: int
    width: int


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    question: Question
    is_unsure: bool
    weight: int
    reason: StrOrPromise


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    text: StrOrPromise
    answer: str
    label: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    questions: QuestionSet
    result: Result
    level: Level
    following: Level | None
    band: Band
    because: str
    ladder: list[Rung]
    bars: list[Bar]
    gaps: list[Advice]
    answers: list[Answer]
    form: EstimateForm
    is_refused: bool
    estimate: Estimate | None
    rates: tuple[Decimal, Decimal]
    key_number: int
    weights: list[tuple[StrOrPromise, int]]  # of every gap, the first to close in front
    before: tuple[int, int] | None  # level and score of the attempt before this one


def report(row: Assessment, inputs: Mapping[str, Any]) -> Report:
    """``inputs`` of the estimate may come from the address; without them the stored figure counts."""
    questions, found = row.questions, msgspec.convert(row.result, Result)
    form = _form(row, inputs)
    is_bound = form.is_bound
    is_good = is_bound and form.is_valid()
    values = form.cleaned_data if is_good else _defaults(row)
    yearly = values["revenue"]
    rates = (values["abandonment"], values["recovery"])
    following = [each for each in questions.levels if each.number == found.level + 1]
    return Report(
        questions=questions,
        result=found,
        level=questions.level(found.level),
        following=following[0] if following else None,
        band=next(each for each in questions.bands if each.first <= found.score <= each.last),
        because=_because(questions, found),
        ladder=list(_ladder(questions, found)),
        bars=list(_bars(questions, found)),
        gaps=[_advice(questions, gap, number) for number, gap in enumerate(found.gaps, start=1)],
        answers=list(answers(row)),
        form=form,
        is_refused=is_bound and not is_good,
        estimate=None if yearly is None else revenue.estimate(yearly, *rates),
        rates=rates,
        key_number=questions.number(questions.key_question),
        weights=_weights(questions),
        before=_before(row),
    )


def answers(row: Assessment) -> Iterator[Answer]:
    labels = {YES: _("Yes"), UNSURE: _("Not sure: find out")}
    for number, each in enumerate(row.questions.questions, start=1):
        given = row.answers.get(each.slug, "")
        label = labels.get(given, _("No") if given else "–")
        yield Answer(number=number, text=each.text, answer=given, label=label)


def _form(row: Assessment, inputs: Mapping[str, Any]) -> EstimateForm:
    if {"revenue", "abandonment", "recovery"} & set(inputs):
        return EstimateForm(inputs)
    given = _defaults(row)
    yearly = given["revenue"]
    return EstimateForm(initial={**given, "revenue": "" if yearly is None else shown(yearly)})


def _defaults(row: Assessment) -> dict[str, Any]:
    return {"revenue": row.revenue, "abandonment": revenue.ABANDONMENT, "recovery": revenue.RECOVERY}


def _because(questions: QuestionSet, found: Result) -> str:
    """Why this level is printed and not the other one of the band."""
    told = _("%(score)s of %(of)s answers are yes.") % {"score": found.score, "of": found.of}
    step = next(each for each in questions.steps if found.score <= each.last)
    if step.level != step.with_key:
        told += " " + (
            _("One tool already acts on another's events (question %(number)s): level %(level)s.")
            if found.has_key
            else _("Level 3 would also take a yes to question %(number)s: one tool acts on another's events.")
        ) % {"number": questions.number(questions.key_question), "level": found.level}
    if found.level >= 4:
        told += " " + _(
            "Ten answers cannot prove level 5; models in daily use that feed back into your rules would."
        )
    return told


def _ladder(questions: QuestionSet, found: Result) -> Iterator[Rung]:
    first, last = found.band
    for level in questions.levels:
        yield Rung(level=level, is_band=first <= level.number <= last, is_here=level.number == found.level)


def _bars(questions: QuestionSet, found: Result) -> Iterator[Bar]:
    titles = {each.slug: each.title for each in questions.groups}
    for area in found.areas:
        yield Bar(title=titles[area.group], yes=area.yes, of=area.of, width=BAR * area.yes // area.of)


def _advice(questions: QuestionSet, gap: Gap, number: int) -> Advice:
    return Advice(
        number=number,
        question=questions.question(gap.question),
        is_unsure=gap.answer == UNSURE,
        weight=gap.weight,
        reason=questions.weights.reason(gap.question),
    )


def _before(row: Assessment) -> tuple[int, int] | None:
    earlier = row.previous
    if earlier is None or not earlier.result:
        return None
    return earlier.result["level"], earlier.result["score"]


def _weights(questions: QuestionSet) -> list[tuple[StrOrPromise, int]]:
    by_weight = sorted(questions.weights.by_question.items(), key=lambda pair: -pair[1])
    return [(questions.question(slug).title, weight) for slug, weight in by_weight]

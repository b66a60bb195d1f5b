"""A set of questions with a hole in it is found before anybody answers it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from assessment.catalog import QuestionSet
from assessment.sets import ALL


@register()
def sets_are_whole(app_configs: Sequence[AppConfig] | None, **_: Any) -> Iterator[CheckMessage]:
    for questions in ALL.values():
        for fault in faults(questions):
            yield Error(f"Question set {questions.version}: {fault}", id="assessment.E001")


def faults(questions: QuestionSet) -> Iterator[str]:
    """What is wrong with a set, one sentence each."""
    yield from _names(questions)
    yield from _weights(questions)
    yield from _levels(questions)


def _names(questions: QuestionSet) -> Iterator[str]:
    slugs = [each.slug for each in questions.questions]
    if len(set(slugs)) < len(slugs):
        yield "two questions have the same name."
    groups = [each.slug for each in questions.groups]
    if len(set(groups)) < len(groups):
        yield "two groups have the same name."
    for each in questions.questions:
        if each.group not in groups:
            yield f"“{each.slug}” is in a group “{each.group}” that does not exist."
    for group in questions.groups:
        if not any(questions.of(group.slug)):
            yield f"the group “{group.slug}” has no question."
    if questions.key_question not in slugs:
        yield f"the key question “{questions.key_question}” is not asked."


def _weights(questions: QuestionSet) -> Iterator[str]:
    weights = questions.weights.by_question
    if set(weights) != {each.slug for each in questions.questions}:
        yield "not every question has exactly one weight."
    if len(set(weights.values())) < len(weights):
        yield "two questions have the same weight, so their order is not explained."
    if not any(each.least <= 0 for each in questions.weights.reasons):
        yield "not every weight has a reason."


def _levels(questions: QuestionSet) -> Iterator[str]:
    most = len(questions.questions)
    covered = [score for band in questions.bands for score in range(band.first, band.last + 1)]
    if covered != list(range(most + 1)):
        yield "the bands do not cover every score exactly once."
    ends = [each.last for each in questions.steps]
    if ends != sorted(set(ends)) or not ends or ends[-1] != most:
        yield "the steps of the level rule do not reach the highest score in order."
    printed = [level for each in questions.steps for level in (each.level, each.with_key)]
    if any(each.with_key < each.level for each in questions.steps) or any(
        later.level < earlier.level or later.with_key < earlier.with_key
        for earlier, later in zip(questions.steps, questions.steps[1:], strict=False)
    ):
        yield "a better answer could lower the level."
    if not set(printed) <= {each.number for each in questions.levels}:
        yield "the level rule names a level that is not described."

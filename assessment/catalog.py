"""What a set of questions is made of. A set that was ever used stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise as StrOrPromise
else:
    StrOrPromise = object  # a text, or one that is translated when it is shown


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Questions that share a page."""

    slug: str
    title: StrOrPromise


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question, and what is said when it is not answered with yes."""

    slug: str
    group: str
    text: StrOrPromise
    check: StrOrPromise  # how an owner finds out
    title: StrOrPromise  # of the gap
    why: StrOrPromise
    first_step: StrOrPromise
    needs: StrOrPromise  # the data it takes
    recipe: str = ""  # the rule that closes it; "" when no single rule does


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a group of gaps comes where it comes."""

    least: int  # the smallest weight it covers
    text: StrOrPromise


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """How early a gap is worth closing: the higher, the earlier."""

    version: str
    by_question: Mapping[str, int]
    reasons: tuple[Reason, ...]

    def reason(self, slug: str) -> StrOrPromise:
        return next(each.text for each in self.reasons if self.by_question[slug] >= each.least)


class Level(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    name: StrOrPromise
    how: StrOrPromise
    typical: StrOrPromise
    pain: StrOrPromise
    missing: StrOrPromise
    practice: tuple[tuple[StrOrPromise, StrOrPromise, StrOrPromise], ...]  # workflow, today, one level on
    tools: str
    cost: str  # US dollars a month (claim)
    saved: str  # hours a month (claim)


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """A published range of scores and the levels it spans."""

    first: int
    last: int
    levels: tuple[int, int]
    advice: StrOrPromise


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Up to this score the printed level is ``level``; ``with_key`` when the key question is a yes."""

    last: int
    level: int
    with_key: int


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that we did not measure, and who says so."""

    text: StrOrPromise
    source: StrOrPromise


class QuestionSet(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    groups: tuple[Group, ...]
    questions: tuple[Question, ...]
    weights: Weights
    levels: tuple[Level, ...]
    bands: tuple[Band, ...]
    steps: tuple[Step, ...]
    key_question: str
    claims: tuple[Claim, ...]
    glossary: tuple[tuple[StrOrPromise, StrOrPromise], ...]

    def of(self, group: str) -> Iterator[Question]:
        return (each for each in self.questions if each.group == group)

    def question(self, slug: str) -> Question:
        return next(each for each in self.questions if each.slug == slug)

    def number(self, slug: str) -> int:
        return [each.slug for each in self.questions].index(slug) + 1

    def level(self, number: int) -> Level:
        return next(each for each in self.levels if each.number == number)

"""A process that has begun looks for cycles seldom, and still finds them."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from orchestrator import garbage


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Knot:
    def __init__(self) -> None:
        self.itself = self


def test_what_was_loaded_is_left_out_of_every_look() -> None:
    garbage.settle()

    assert gc.get_freeze_count() > 10_000
    assert gc.get_count()[0] < garbage.YOUNG == gc.get_threshold()[0]


def test_cycles_that_are_made_later_go_away_by_themselves() -> None:
    garbage.settle()

    gone = weakref.ref(Knot())
    kept: list[list[int]] = [[] for _ in range(garbage.YOUNG + 1)]

    assert gone() is None
    assert len(kept) == garbage.YOUNG + 1

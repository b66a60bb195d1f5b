"""A backtest of many events: it is heard in small parts, and ends where somebody wants it to."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from bench.past import stream
from orchestrator.decide import backtests
from orchestrator.models import Backtest, BacktestLine, InboxEvent
from tests.scene import at

pytestmark = pytest.mark.django_db
MANY = 4_000
MIDDLE = 500  # far enough in; more would only take longer
NOW = at(60)


def asked(events: int) -> Backtest:
    rule = stream.record(events, NOW)
    return backtests.ask(rule, 30, ("as saved", rule.params), None, by="maya", now=NOW)


@contextmanager
def at_each_look(do: Callable[[Backtest], object]) -> Iterator[None]:
    """Whenever the worker has told how far it is."""
    is_done = False

    def told(execute: Any, sql: str, *rest: Any) -> Any:
        nonlocal is_done
        answer = execute(sql, *rest)
        if sql.startswith('UPDATE "orchestrator_backtest"') and not is_done:
            is_done = True
            do(Backtest.objects.get())
            is_done = False
        return answer

    with connection.execute_wrapper(told):
        yield


def cancelled_at(count: int) -> Callable[[Backtest], object]:
    def look(row: Backtest) -> None:
        if row.heard >= count and not row.is_cancelled:
            backtests.cancel(row, NOW)

    return look


def test_cancelled_in_the_middle_it_ends_within_one_batch_and_says_how_far_it_came() -> None:
    row = asked(MANY)

    with at_each_look(cancelled_at(MIDDLE)):
        backtests.play(row, NOW)

    row.refresh_from_db()
    assert (row.state, row.total, row.lease_token) == ("cancelled", MANY, "")
    assert MIDDLE <= row.heard <= MIDDLE + backtests.CHUNK
    assert row.reached_at is not None
    assert row.reached_at < NOW - timedelta(days=25)
    assert row.finished_at is not None
    assert row.result == {}
    assert not BacktestLine.objects.exists()
    assert not backtests.due(NOW)


def test_of_many_events_few_are_held_at_a_time() -> None:
    row, most = asked(2 * MIDDLE), 0

    def count(row: Backtest) -> None:
        nonlocal most
        most = max(most, sum(isinstance(each, InboxEvent) for each in gc.get_objects()))
        cancelled_at(MIDDLE)(row)

    with at_each_look(count):
        backtests.play(row, NOW)

    assert 0 < most <= 3 * backtests.CHUNK  # those of one batch, as recorded and as they are played

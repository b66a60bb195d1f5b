"""Processes on machines whose clocks differ go by one time: the database's."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone

from connectors import timekeeper

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has no clock of its own"
)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def never_looked(settings: Any) -> Iterator[None]:
    settings.CLOCK_LOOK_EVERY = 30.0
    timekeeper.forget()
    yield
    timekeeper.forget()


@on_postgresql
@pytest.mark.parametrize("wrong", [HOUR, -HOUR])
def test_a_machine_whose_clock_is_wrong_goes_by_the_database(wrong: timedelta, caplog: Any) -> None:
    right = timezone.now()

    with time_machine.travel(right + wrong), caplog.at_level(logging.WARNING):
        told = [timekeeper.now(), timekeeper.now()]

    assert all(abs(each - right) < timedelta(minutes=5) for each in told)
    assert [record.getMessage() for record in caplog.records] == [
        f"The clock of this machine is 3600 s {'ahead of' if wrong > timedelta() else 'behind'} "
        "the database's. Set it right (NTP)."
    ]


@on_postgresql
def test_a_clock_that_is_set_while_we_run_changes_nothing() -> None:
    before = timekeeper.now()

    with time_machine.travel(before + HOUR):
        after = timekeeper.now()

    assert abs(after - before) < timedelta(minutes=5)


@on_postgresql
def test_the_database_is_asked_now_and_then_only(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        for _ in range(50):
            timekeeper.now()


@on_postgresql
def test_a_database_that_went_away_is_not_missed_once_its_clock_was_seen(settings: Any) -> None:
    settings.CLOCK_LOOK_EVERY = 1e-9
    before = timekeeper.now()
    with connection.execute_wrapper(_is_gone):
        later = timekeeper.now()

    assert before < later < before + timedelta(minutes=5)


@on_postgresql
def test_without_any_look_there_is_no_time() -> None:
    with connection.execute_wrapper(_is_gone), pytest.raises(OperationalError):
        timekeeper.now()


def test_on_sqlite_everybody_shares_the_clock_of_the_machine(django_assert_num_queries: Any) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this is about SQLite")
    moment = timezone.now() + HOUR

    with time_machine.travel(moment, tick=False), django_assert_num_queries(0):
        told = timekeeper.now()

    assert told == moment


def _is_gone(*_: Any) -> None:
    raise OperationalError("the connection is closed")

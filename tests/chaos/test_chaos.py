"""Vendors fail and processes die, again and again: nothing is lost, nothing doubled, nobody wrong.

CHAOS_SEED repeats a run as far as processes can be repeated.
"""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import copy
from uuid import uuid4

import pytest

from tests.chaos.misfortunes import APART, EMBEDDED, LOOPS, SCALE_OUT, Kill, SecondBeat, WipeBroker
from tests.chaos.run import Outcome, Plan, play
from tests.chaos.sizes import Embedded, Loops, scale_out, stopped_in_the_end
from tests.servers import OwnPostgres, OwnRedis, Rabbit


def is_good(outcome: Outcome) -> bool:
    sys.stdout.write(f"{outcome}\n")
    return outcome.verdict.is_good


def test_killed_processes_and_failing_vendors_lose_and_double_nothing(tmp_path: Path, migrated: Path) -> None:
    blows = (Kill("worker"), WipeBroker(), Kill("web"), Kill("worker"))
    plan = Plan(events=40, tickets=12, customers=10, calls=(3, 6), first=blows, deck=EMBEDDED, is_small=True)
    crew = Embedded(tmp_path)
    copy(migrated, crew.file)

    with stopped_in_the_end(crew):
        outcome = play(crew, plan, tmp_path)

    assert is_good(outcome), str(outcome)
    assert outcome.struck.total() > 1


@pytest.mark.chaos
def test_embedded_form_under_every_misfortune(tmp_path: Path) -> None:
    plan = Plan(events=500, tickets=80, customers=40, calls=(20, 60), deck=EMBEDDED, pace=0.08)

    with stopped_in_the_end(Embedded(tmp_path)) as crew:
        outcome = play(crew, plan, tmp_path)

    assert is_good(outcome), str(outcome)
    assert len(outcome.struck) == len(EMBEDDED)
    assert outcome.faults.total() > len(EMBEDDED)


@pytest.mark.chaos
def test_loops_without_a_queue_under_every_misfortune(tmp_path: Path) -> None:
    plan = Plan(events=300, tickets=60, customers=30, calls=(20, 50), deck=LOOPS, pace=0.08)

    with stopped_in_the_end(Loops(tmp_path, workers=2)) as crew:
        outcome = play(crew, plan, tmp_path)

    assert is_good(outcome), str(outcome)


@pytest.mark.chaos
@pytest.mark.scaleout
@pytest.mark.skipif(not OwnPostgres.is_here(), reason="no PostgreSQL to start")
def test_large_form_under_every_misfortune(tmp_path: Path) -> None:
    plan = Plan(events=500, tickets=80, customers=40, calls=(20, 60), first=APART, deck=SCALE_OUT, pace=0.08)

    with scale_out(tmp_path, OwnRedis()) as crew:
        outcome = play(crew, plan, tmp_path)

    assert is_good(outcome), str(outcome)
    assert len(outcome.struck) > len(APART)


@pytest.mark.chaos
@pytest.mark.scaleout
@pytest.mark.skipif(not (OwnPostgres.is_here() and Rabbit.is_here()), reason="no PostgreSQL or no RabbitMQ")
def test_large_form_on_rabbitmq(tmp_path: Path) -> None:
    blows = (Kill("worker"), WipeBroker(), Kill("beat"), SecondBeat())
    plan = Plan(events=100, tickets=20, customers=20, calls=(15, 40), first=blows, deck=blows, pace=0.08)

    with scale_out(tmp_path, Rabbit(f"orchestrator-{uuid4().hex[:8]}")) as crew:
        outcome = play(crew, plan, tmp_path)

    assert is_good(outcome), str(outcome)

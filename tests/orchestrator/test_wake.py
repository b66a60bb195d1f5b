"""Wake-ups leave after the commit, in few, the last one always, and never hold up a caller."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from orchestrator.wake import APART, Bell, Wake, failures
from tests.processes import manage

READ = Wake("read", ())
COMMITS = """
from django.db import transaction
from orchestrator import wake
with transaction.atomic():
    wake.after_commit("read")
try:
    with transaction.atomic():
        wake.after_commit("drain")
        raise KeyError
except KeyError:
    pass
"""
TIMED = """
import time
from orchestrator import wake
began = time.monotonic()
for stage in ("read", "drain", "dispatch"):
    wake.after_commit(stage)
print(f"took {time.monotonic() - began:.3f} until {time.time():.3f}")
"""


def ringing(bell: Bell, wakes: int, wake: Wake = READ) -> None:
    for _ in range(wakes):
        bell.ring(wake)


def test_burst_is_sent_at_once_and_once_more_at_its_end() -> None:
    sent: list[float] = []
    bell = Bell(lambda wake: sent.append(time.monotonic()))
    began = time.monotonic()

    ringing(bell, 500)

    assert bell.flush(5)
    assert len(sent) <= 2
    assert sent[0] - began < APART


def test_last_wake_of_a_burst_is_never_lost() -> None:
    changes: list[int] = []
    seen: list[int] = []
    bell = Bell(lambda wake: seen.append(len(changes)))

    for change in range(2000):
        changes.append(change)
        bell.ring(READ)

    assert bell.flush(5)
    assert seen[-1] == 2000


def test_different_wakes_do_not_wait_for_each_other() -> None:
    sent: list[Wake] = []
    bell = Bell(sent.append)

    bell.ring(READ)
    bell.ring(Wake("read", (("connection", 7),)))
    bell.ring(Wake("drain", ()))

    assert bell.flush(5)
    assert len(sent) == 3


def test_broker_that_hangs_holds_up_nobody() -> None:
    answer = threading.Event()
    bell = Bell(lambda wake: answer.wait(20))
    began = time.monotonic()

    ringing(bell, 100)

    assert time.monotonic() - began < 0.5
    assert not bell.flush(0.1)
    answer.set()
    assert bell.flush(5)


def test_broker_that_is_down_is_counted_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    bell = Bell(_refuse)
    before = failures._value.get()

    for stage in ("read", "drain", "dispatch"):
        bell.ring(Wake(stage, ()))

    assert bell.flush(5)
    assert failures._value.get() - before == 3
    assert [record.message.count("ConnectionRefusedError") for record in caplog.records] == [1]


def test_only_a_commit_wakes_and_an_ending_process_still_says_so(tmp_path: Path) -> None:
    ended = manage("shell", "--no-imports", "-c", COMMITS, QUEUE_DIR=str(tmp_path))

    assert ended.returncode == 0, ended.stderr
    messages = [message.read_text() for message in tmp_path.glob("*.msg")]
    assert len(messages) == 1
    assert '"task": "read"' in messages[0]


def test_broker_that_never_answers_costs_a_command_a_second_at_most(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        ended = manage("shell", "--no-imports", "-c", TIMED, CELERY_BROKER_URL=broker)
        ended_at = time.time()

    assert ended.returncode == 0, ended.stderr
    _, took, _, until = ended.stdout.split()
    assert float(took) < 0.5
    assert ended_at - float(until) < 4  # starting the process is no part of it


def test_without_celery_nothing_is_sent(tmp_path: Path) -> None:
    manage("shell", "--no-imports", "-c", COMMITS, QUEUE_DIR=str(tmp_path), WAKE="false")

    assert not list(tmp_path.iterdir())


def _refuse(wake: Wake) -> None:
    raise ConnectionRefusedError

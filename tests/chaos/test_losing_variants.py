"""What people build at first loses or doubles in the same weather: that proves that the suite can fail."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from celery import Celery

from connectors.sandbox.server import Sandbox, running
from tests.chaos import truth
from tests.chaos.naive import BlindDrop, BlindRetry, Naive
from tests.chaos.weather import Weather
from tests.processes import ROOT, until
from tests.servers import OwnRedis

KEYS = [f"note-{number}" for number in range(40)]
LOGIN = {"subdomain": "north-ridge", "email": "ops@agency.test", "api_key": "key"}


@pytest.fixture
def helpdesk() -> Iterator[Sandbox]:
    with running() as sandbox:
        requests.post(f"{sandbox.url}/_control/limits", json={"on": False}, timeout=5)
        body = {"credentials": LOGIN, "seed": {"tickets": [{"id": 1, "email": "ana@shop.test"}]}}
        requests.put(f"{sandbox.url}/_control/gorgias/accounts/shop", json=body, timeout=5)
        yield sandbox


@pytest.fixture
def redis() -> Iterator[OwnRedis]:
    server = OwnRedis()
    yield server
    server.stop()


@contextmanager
def worker(broker: str) -> Iterator[None]:
    """It is killed in the end, in the middle of whatever it does."""
    command = [sys.executable, "-m", "celery", "-A", "tests.chaos.naive_tasks", "worker", "-P", "solo"]
    ours = {"DJANGO_SETTINGS_MODULE"}  # with it the worker would wait for our tables
    env = {name: value for name, value in os.environ.items() if name not in ours} | {"NAIVE_BROKER": broker}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def left(helpdesk: Sandbox, variant: type[Naive]) -> Counter[str]:
    """How often each note is there after the variant did its best."""
    weather = Weather(seed=11)
    helpdesk.application.control.faults = weather
    variant(helpdesk.url, LOGIN["email"], LOGIN["api_key"]).leave((1, key) for key in KEYS)
    weather.clear_up()
    return there(helpdesk)


def there(helpdesk: Sandbox) -> Counter[str]:
    return truth.notes(requests.get(f"{helpdesk.url}/_control/gorgias/accounts/shop", timeout=5).json())


def test_blind_retry_doubles(helpdesk: Sandbox) -> None:
    notes = left(helpdesk, BlindRetry)

    assert notes.keys() == set(KEYS)
    assert max(notes.values()) > 1


def test_sending_once_without_looking_loses(helpdesk: Sandbox) -> None:
    notes = left(helpdesk, BlindDrop)

    assert max(notes.values()) == 1
    assert notes.keys() < set(KEYS)


@pytest.mark.chaos
@pytest.mark.scaleout
def test_a_task_for_each_effect_loses_what_the_broker_held(helpdesk: Sandbox, redis: OwnRedis) -> None:
    sender = Celery("sender", broker=redis.url)
    for key in KEYS:
        about = (helpdesk.url, LOGIN["email"], LOGIN["api_key"], 1, key)
        sender.send_task("leave", about, queue="celery")

    with worker(redis.url):
        until(lambda: len(there(helpdesk)) > 3, 60)
        redis.wipe()
    with worker(redis.url):
        sender.send_task("leave", (*about[:4], "last"), queue="celery")
        until(lambda: there(helpdesk)["last"], 60)

    assert there(helpdesk).keys() - {"last"} < set(KEYS)


def test_a_counter_of_open_tickets_holds_the_wrong_people() -> None:
    """Each news opens or closes a ticket, comes with its version, and comes twice in any order."""
    dice = random.Random(3)  # noqa: S311  to be repeated, not to be secret
    news = [(ticket, version, dice.random() < 0.5) for ticket in range(20) for version in range(5)]
    waiting = {ticket for ticket, version, is_open in news if version == 4 and is_open}
    told = dice.sample(news * 2, len(news) * 2)

    counter: Counter[int] = Counter()
    newest: dict[int, tuple[int, bool]] = {}
    for ticket, version, is_open in told:
        counter[ticket] += 1 if is_open else -1
        newest[ticket] = max(newest.get(ticket, (-1, False)), (version, is_open))

    assert {ticket for ticket, (_, is_open) in newest.items() if is_open} == waiting
    assert {ticket for ticket, times in counter.items() if times > 0} != waiting

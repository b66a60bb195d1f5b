"""In the weather of the kill test, an outbox that does not look at the vendor doubles or loses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from connectors.sandbox.server import Sandbox, running
from tests.chaos import truth
from tests.chaos.naive import BlindDrop, BlindRetry, Naive
from tests.chaos.weather import Weather

KEYS = [f"note-{number}" for number in range(40)]
LOGIN = {"subdomain": "north-ridge", "email": "ops@agency.test", "api_key": "key"}


@pytest.fixture
def helpdesk() -> Iterator[Sandbox]:
    with running() as sandbox:
        requests.post(f"{sandbox.url}/_control/limits", json={"on": False}, timeout=5)
        body = {"credentials": LOGIN, "seed": {"tickets": [{"id": 1, "email": "ana@shop.test"}]}}
        requests.put(f"{sandbox.url}/_control/gorgias/accounts/shop", json=body, timeout=5)
        yield sandbox


def left(helpdesk: Sandbox, variant: type[Naive]) -> Counter[str]:
    """How often each note is there after the variant did its best."""
    weather = Weather(seed=11)
    helpdesk.application.control.faults = weather
    variant(helpdesk.url, LOGIN["email"], LOGIN["api_key"]).leave((1, key) for key in KEYS)
    weather.clear_up()
    return truth.notes(requests.get(f"{helpdesk.url}/_control/gorgias/accounts/shop", timeout=5).json())


def test_blind_retry_doubles(helpdesk: Sandbox) -> None:
    notes = left(helpdesk, BlindRetry)

    assert notes.keys() == set(KEYS)
    assert max(notes.values()) > 1


def test_sending_once_without_looking_loses(helpdesk: Sandbox) -> None:
    notes = left(helpdesk, BlindDrop)

    assert max(notes.values()) == 1
    assert notes.keys() < set(KEYS)

"""The command that runs the fakes: it needs no database and stops when told, however it was started."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[3]
NO_DATABASE = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
Start = Callable[..., "subprocess.Popen[str]"]


def ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.fixture
def start() -> Iterator[Start]:
    begun: list[subprocess.Popen[str]] = []

    def run(port: int = 0) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "sandbox", "--port", str(port)],
            cwd=ROOT,
            env=NO_DATABASE,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=ignore_interrupts,
        )
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    """Where it listens, as it says itself."""
    assert process.stdout is not None
    found = re.match(r"Sandbox at (http://127\.0\.0\.1:\d+) ", process.stdout.readline())
    assert found is not None
    return found[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_without_a_database_and_stops_when_told(start: Start, number: signal.Signals) -> None:
    process = start()
    url = address(process)
    with requests.Session() as kept:
        assert "gorgias" in kept.get(f"{url}/_control/", timeout=5).json()["vendors"]
        process.send_signal(number)
        _, complaints = process.communicate(timeout=10)
    assert (process.returncode, complaints) == (0, "")


def test_it_stops_while_a_client_is_kept_hanging(start: Start) -> None:
    process = start()
    url = address(process)
    fault = {"vendor": "gorgias", "path": ".", "kind": "hang"}
    requests.post(f"{url}/_control/faults", json=fault, timeout=5)
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as waiting:
        waiting.sendall(b"GET /gorgias/api/account HTTP/1.1\r\nHost: x\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert process.returncode == 0


def test_a_port_in_use_is_one_line_and_a_failure(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(port)
        _, complaints = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaints == f"CommandError: Cannot listen on port {port}: Address already in use.\n"


def test_a_port_that_cannot_be_is_one_line_and_a_failure(start: Start) -> None:
    process = start(99999)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaints == "CommandError: There is no port 99999; choose one from 0 to 65535.\n"

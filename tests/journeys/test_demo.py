"""``make demo``: a stranger's first minutes, with every process there is."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest
import requests

from tests.processes import ROOT, Child, free_port, running, until

LIMIT = 4.0
LOGIN = re.compile(r"Admin +(\S+)\s+Login +(\S+)\s+Password +(\S+)")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Child]:
    """The demo on two free ports next to each other, in a shell's background."""
    port = two_free_ports()
    command = [sys.executable, "manage.py", "demo", "--port", str(port)]
    with running(command, tmp_path / "demo.log", signal.SIGINT) as child:
        yield child
    rmtree(ROOT / "var" / f"demo-{port}", ignore_errors=True)


def test_story_is_played_and_everything_ends_together(demo: Child) -> None:
    until(lambda: "Password" in demo.said() or demo.process.poll() is not None, 150)
    greeting = LOGIN.search(demo.said())
    assert greeting, demo.said()

    admin, name, password = greeting.groups()
    assert is_let_in(admin, name, password)
    shown = requests.get(admin.replace("admin/", "metrics"), timeout=10).text
    assert re.search(r"^orchestrator_attention [1-9]", shown, re.MULTILINE)

    pids = demo.descendants()
    os.killpg(demo.process.pid, signal.SIGINT)
    assert demo.seconds_until_all_gone(pids) < LIMIT


def is_let_in(admin: str, name: str, password: str) -> bool:
    with requests.Session() as browser:
        browser.get(f"{admin}login/", timeout=10)
        form = {"username": name, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        answer = browser.post(f"{admin}login/?next=/admin/", form, timeout=10)
        return answer.ok and answer.url == admin


def two_free_ports() -> int:
    """The first of two free ports in a row."""
    while True:
        port = free_port()
        try:
            with socket.create_server(("127.0.0.1", port + 1)):
                return port
        except OSError:
            continue

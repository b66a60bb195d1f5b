"""One command runs web, worker and beat, and takes them with it, whenever and however it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from bench.processes import free_port
from tests.orchestrator.served import Served
from tests.orchestrator.test_settings import PRODUCTION
from tests.processes import is_alive, manage, running, until

LIMIT = 4.0  # seconds from a signal to the end of the last process
MEMORY = 200  # MiB of all processes at rest, shared pages counted once


@pytest.fixture
def start(tmp_path: Path, migrated: Path) -> Iterator[Any]:
    """Starts ``serve``, with SIGINT ignored as in a shell's background if wanted."""
    opened = []

    def make(ignoring: int | None = None, fresh: bool = False) -> Served:
        port = free_port()
        if not fresh:
            copy(migrated, tmp_path / "serve.sqlite3")
        context = running(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            tmp_path / "serve.log",
            ignoring,
            DATABASE_URL=f"sqlite:///{tmp_path}/serve.sqlite3",
            QUEUE_DIR=str(tmp_path / "queue"),
        )
        opened.append(context)
        return Served(context.__enter__(), port)

    yield make
    for context in opened:
        context.__exit__(None, None, None)


def test_worker_and_beat_show_that_they_live(start: Any) -> None:
    served = start(fresh=True)

    until(served.works, 120)

    page = served.get("/admin/login/")
    assert page.status_code == 200
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert memory([served.child.process.pid, *served.child.descendants()]) < MEMORY


@pytest.mark.parametrize("ignoring", [None, signal.SIGINT])
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_the_leader_ends_all(start: Any, signum: int, ignoring: int | None) -> None:
    served = start(ignoring)
    until(served.works, 120)
    pids = served.child.descendants()

    os.kill(served.child.process.pid, signum)

    assert len(pids) >= 4
    assert served.child.seconds_until_all_gone(pids) < LIMIT
    assert served.child.process.returncode == 0


@pytest.mark.parametrize("moment", ["", "The prepare process runs", "Serving http", "The beat process runs"])
def test_signal_to_the_group_ends_all_at_any_moment_of_the_start(start: Any, moment: str) -> None:
    served = start(signal.SIGINT)
    until(lambda: moment in served.child.said() and is_our_program(served.child.process.pid))
    pids = served.child.descendants()

    os.killpg(served.child.process.pid, signal.SIGINT)

    assert served.child.seconds_until_all_gone(pids) < LIMIT


def test_leader_that_is_killed_takes_all_with_it(start: Any) -> None:
    served = start()
    until(served.works, 120)
    pids = served.child.descendants()

    os.kill(served.child.process.pid, signal.SIGKILL)

    assert served.child.seconds_until_all_gone(pids) < LIMIT


def test_part_that_dies_is_started_again(start: Any) -> None:
    served = start()
    until(served.works, 120)

    for part in ("web", "worker", "beat"):
        kill_and_await(served, part)


def kill_and_await(served: Served, part: str) -> None:
    before = served.pid(part)

    os.kill(before, signal.SIGKILL)

    until(lambda: served.pid(part) != before)
    assert f"The {part} process ended (signal 9)" in served.child.said()
    until(lambda: is_alive(served.pid(part)) and served.answers())


def test_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = manage("serve", "--port", str(port))

    assert ended.returncode == 1
    assert ended.stderr == f"CommandError: Port {port} is in use; choose another with --port.\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "70000"], "There is no port 70000"),
        (["--host", "no.such.host.invalid"], "There is no address"),
    ],
)
def test_address_that_cannot_be_is_one_sentence(arguments: list[str], told: str) -> None:
    ended = manage("serve", *arguments)

    assert ended.returncode == 1
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_production_does_not_migrate_by_itself(tmp_path: Path) -> None:
    values = {**PRODUCTION, "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}

    ended = manage("serve", "--port", str(free_port()), **values)

    assert ended.returncode == 1
    assert "migrations are missing: run “python manage.py migrate” first" in ended.stderr
    assert "Traceback" not in ended.stderr


def is_our_program(pid: int) -> bool:
    """The interpreter has come so far as to have taken SIGINT back; a shell's "ignore" holds until then."""
    status = Path(f"/proc/{pid}/status").read_text()
    ignored = next(line for line in status.splitlines() if line.startswith("SigIgn:"))
    return not int(ignored.split()[1], 16) >> (signal.SIGINT - 1) & 1


def memory(pids: list[int]) -> float:
    """MiB of proportional set size."""
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def test_production_serves_its_own_files_and_closes_metrics(tmp_path: Path, migrated: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    hosts = {"ALLOWED_HOSTS": "127.0.0.1", "PUBLIC_URL": url}
    database = f"sqlite:///{copy(migrated, tmp_path)}"
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    values = {**PRODUCTION, **hosts, "DATABASE_URL": database, "QUEUE_DIR": str(tmp_path / "queue")}
    with running(command, tmp_path / "serve.log", None, **values) as child:
        served = Served(child, port)
        until(served.answers, 120)

        page = served.get("/admin/login/")
        sheets = re.findall(r'href="(/static/[^"]+\.css)"', page.text)

        assert sheets
        assert all(served.get(sheet).status_code == 200 for sheet in sheets)
        assert served.get("/metrics").status_code == 404

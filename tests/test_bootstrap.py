"""The installer in front of every make target: installs once, passes signals on, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from tests.processes import ROOT, Child, running, until

LIMIT = 4.0
MAKEFILE = """
run:
	@exec $(PYTHON) bootstrap.py lasting.py
broken:
	@exec $(PYTHON) bootstrap.py --with requirements-broken.txt
"""
LASTING = """
import os, pathlib, signal
signal.signal(signal.SIGTERM, lambda *_: print("told to end", flush=True) or os._exit(0))
print("it runs", flush=True)
while True:
    signal.pause()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that needs nothing, installed."""
    folder = tmp_path_factory.mktemp("project")
    copy(ROOT / "bootstrap.py", folder)
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "lasting.py").write_text(LASTING)
    (folder / "requirements-broken.txt").write_text("./no-such-package\n")
    for name in ("requirements.txt", "constraints.txt"):
        (folder / name).write_text("")
    with make("run", folder) as child:
        until(lambda: "it runs" in child.said(), 60)
        assert "Installing requirements.txt into .venv" in child.said()
    return folder


def make(target: str, folder: Path, ignoring: int | None = None) -> Any:
    return running(["make", "-C", str(folder), target], folder / "log", ignoring, PYTHON=sys.executable)


@pytest.fixture(params=[None, signal.SIGINT], ids=["plain", "SIGINT ignored"])
def made(request: pytest.FixtureRequest, project: Path) -> Iterator[Child]:
    """A target that lasts, under make."""
    with make("run", project, request.param) as child:
        until(lambda: "it runs" in child.said())
        yield child


def test_second_start_installs_nothing(made: Child) -> None:
    assert "Installing" not in made.said()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_the_group_ends_the_program_in_order(made: Child, signum: int) -> None:
    pids = made.descendants()

    os.killpg(made.process.pid, signum)

    assert len(pids) == 2
    assert made.seconds_until_all_gone(pids) < LIMIT
    assert made.said().count("told to end") == 1


def test_sigterm_to_make_alone_ends_the_program(made: Child) -> None:
    pids = made.descendants()

    os.kill(made.process.pid, signal.SIGTERM)

    assert made.seconds_until_all_gone(pids) < LIMIT
    assert made.said().count("told to end") == 1


def test_sigint_that_only_make_receives_ends_the_program(project: Path) -> None:
    with make("run", project) as child:
        until(lambda: "it runs" in child.said())
        pids = child.descendants()

        os.kill(child.process.pid, signal.SIGINT)

        assert child.seconds_until_all_gone(pids) < LIMIT
        assert "told to end" in child.said()


def test_make_that_is_killed_takes_the_program_with_it(made: Child) -> None:
    pids = made.descendants()

    os.kill(made.process.pid, signal.SIGKILL)

    assert made.seconds_until_all_gone(pids) < LIMIT


def test_changed_requirements_are_installed(project: Path) -> None:
    (project / "constraints.txt").write_text("# another day\n")

    with make("run", project) as child:
        until(lambda: "it runs" in child.said())

        assert "Installing requirements.txt" in child.said()


def test_failed_installation_says_what_to_do_and_is_tried_again(project: Path) -> None:
    for _ in range(2):
        with make("broken", project) as child:
            assert child.process.wait(60) == 2
            assert "Installing failed" in child.said()
            assert "Traceback" not in child.said()


def test_environment_of_another_checkout_is_left_alone(project: Path, tmp_path: Path) -> None:
    for name in ("bootstrap.py", "Makefile", "lasting.py", "requirements.txt", "constraints.txt"):
        copy(project / name, tmp_path)
    (tmp_path / ".venv").symlink_to(project / ".venv")

    with make("run", tmp_path) as child:
        child.process.wait(30)

    assert child.process.returncode != 0
    assert ".venv is a link to another environment. Remove the link" in child.said()
    assert (project / ".venv" / "bin" / "python").exists()

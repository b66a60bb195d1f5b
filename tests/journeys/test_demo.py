"""``make demo``: a stranger's first minutes, with every process there is."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from shutil import rmtree
from urllib.parse import urlsplit

import pytest
import requests
import yaml

from bench.processes import free_port
from rules import registry
from tests.processes import ROOT, Child, running, until

LIMIT = 4.0
STORY = ROOT / "orchestrator" / "management" / "story"
LOGIN = re.compile(r"Admin +(\S+)\s+Login +(\S+)\s+Password +(\S+)")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Child]:
    """The demo on two free ports next to each other, in a shell's background."""
    port = free_port(2)
    command = [sys.executable, "manage.py", "demo", "--port", str(port)]
    with running(command, tmp_path / "demo.log", signal.SIGINT) as child:
        yield child
    rmtree(ROOT / "var" / f"demo-{port}", ignore_errors=True)


def test_story_is_played_and_everything_ends_together(demo: Child) -> None:
    until(lambda: "Password" in demo.said() or demo.process.poll() is not None, 400)
    greeting = LOGIN.search(demo.said())
    assert greeting, demo.said()

    admin, name, password = greeting.groups()
    assert is_let_in(admin, name, password)
    shown = requests.get(admin.replace("admin/", "metrics"), timeout=10).text
    assert re.search(r"^orchestrator_attention [1-9]", shown, re.MULTILINE)
    assert recipes_that_acted(admin) == {*registry.all_recipes()}

    pids = demo.descendants()
    os.killpg(demo.process.pid, signal.SIGINT)
    assert demo.seconds_until_all_gone(pids) < LIMIT


def recipes_that_acted(admin: str) -> set[str]:
    """By the run log of the client for whom everything works."""
    port = urlsplit(admin).port
    file = yaml.safe_load((STORY / "north-ridge.yaml").read_text())
    recipes = {each["name"]: each["recipe"] for each in file["rules"]}
    command = [sys.executable, "manage.py", "export_runlog", "--store", "north-ridge"]
    database = {"DATABASE_URL": f"sqlite:///{ROOT}/var/demo-{port}/demo.sqlite3"}
    said = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **database}, capture_output=True, text=True, check=True
    ).stdout
    rows = csv.DictReader(StringIO(said))
    return {recipes[each["rule"]] for each in rows if each["code"] == "decided_yes"}


def is_let_in(admin: str, name: str, password: str) -> bool:
    with requests.Session() as browser:
        browser.get(f"{admin}login/", timeout=10)
        form = {"username": name, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        answer = browser.post(f"{admin}login/?next=/admin/", form, timeout=10)
        return answer.ok and answer.url == admin

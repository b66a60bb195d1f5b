"""export_runlog: what is chosen, wrong options in one sentence, and a file that is never half written."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from orchestrator.models import RunLogEntry
from tests.orchestrator.record.test_export import HEADER, entries, rows
from tests.scene import at, client


def command(**options: Any) -> str:
    out = io.StringIO()
    call_command("export_runlog", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_the_interval_holds_its_beginning_and_not_its_end():
    store = client()
    for minute in (0, 1, 2):
        RunLogEntry.objects.create(
            store=store, at=at(minute), kind="action", outcome="ok", code="action_done"
        )

    text = command(store="north-ridge", since="2026-11-01T10:00+01:00", until="2026-11-01T09:02")

    assert [row["at"][:16] for row in rows(text.encode())] == ["2026-11-01T09:00", "2026-11-01T09:01"]


@pytest.mark.django_db
def test_a_date_alone_is_its_midnight_in_utc():
    entries(client(), 1)

    assert len(rows(command(store="north-ridge", since="2026-11-01", until="2026-11-02").encode())) == 1
    assert rows(command(store="north-ridge", until="2026-11-01").encode()) == []


@pytest.mark.django_db
def test_only_the_asked_outcome_and_store_are_written():
    store, other = client(), client("harbor-pine")
    entries(store, 1, outcome="failed")
    entries(store, 1)
    entries(other, 1, outcome="failed")

    found = rows(command(store="north-ridge", outcome="failed").encode())

    assert [(row["store"], row["outcome"]) for row in found] == [("north-ridge", "failed")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"since": "yesterday"}, "--since: “yesterday” is no time"),
        ({"until": "2026-13-01"}, "--until: “2026-13-01” is no time"),
        ({"since": "0001-01-01T00:00+10:00"}, "--since: “0001-01-01T00:00+10:00” is no time"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "--since has to be before --until"),
        ({"outcome": "fine"}, "there is no outcome “fine”. Use one of ok, skipped"),
        ({"store": "north"}, "There is no client “north”. Did you mean north-ridge?"),
        ({"output": "/nowhere/at/all.csv"}, "/nowhere/at/all.csv cannot be written: No such file"),
        ({"output": "/dev/null"}, "/dev/null is not a file"),
    ],
)
def test_a_wrong_option_is_one_sentence(options: dict[str, str], sentence: str):
    client()

    with pytest.raises(CommandError) as raised:
        command(**{"store": "north-ridge", **options})

    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.django_db
def test_a_file_is_replaced_when_the_export_is_complete(tmp_path: Path):
    entries(client(), 2)
    target = tmp_path / "log.csv"
    target.write_text("the old one")

    command(store="north-ridge", output=str(target))

    assert len(rows(target.read_bytes())) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["log.csv"]


@pytest.mark.django_db
def test_a_failed_export_leaves_the_old_file_alone(tmp_path: Path):
    entries(client(), 1)
    RunLogEntry.objects.update(details="no mapping")
    target = tmp_path / "log.csv"
    target.write_text("the old one")

    with pytest.raises(TypeError):
        command(store="north-ridge", output=str(target))

    assert target.read_text() == "the old one"
    assert [each.name for each in tmp_path.iterdir()] == ["log.csv"]


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path: Path, migrated: Path):
    database = copy(migrated, tmp_path)
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    subprocess.run([*manage, "shell", "-v0", "-c", FILL], env=environment, check=True)

    shell = f"{manage[0]} {manage[1]} export_runlog --store north-ridge | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], env=environment, check=True, capture_output=True, text=True)

    assert done.stdout.splitlines() == [HEADER, "0"]
    assert done.stderr == ""


FILL = """
from tests.orchestrator.record.test_export import entries
from tests.scene import client
entries(client(), 5000, rule="x" * 100)
"""

"""Development keys are made once, however many processes start at the same moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from orchestrator import keys
from tests.processes import ROOT

PRINT_KEYS = (
    "import sys, pathlib; from orchestrator import keys; print(keys.development(pathlib.Path(sys.argv[1])))"
)


def test_keys_stay_the_same(tmp_path: Path) -> None:
    file = tmp_path / "var" / "keys.json"

    assert keys.development(file) == keys.development(file)


def test_keys_are_for_our_eyes_only_and_fit_their_use(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"

    made = keys.development(file)

    assert file.stat().st_mode & 0o777 == 0o600
    assert len(made.secret) >= 50
    Fernet(made.credentials)


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    file = tmp_path / "var" / "keys.json"
    command = [sys.executable, "-c", PRINT_KEYS, str(file)]

    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(6)]
    told = {process.communicate(timeout=30)[0] for process in started}

    assert len(told) == 1
    assert b"secret" in told.pop()


def test_damaged_file_is_not_replaced_in_silence(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"secret": "ab')

    with pytest.raises(ImproperlyConfigured, match="restore it, or delete it"):
        keys.development(file)
    assert file.read_text() == '{"secret": "ab'


def test_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder would be")

    with pytest.raises(ImproperlyConfigured, match="set SECRET_KEY and CREDENTIAL_KEYS"):
        keys.development(tmp_path / "var" / "keys.json")

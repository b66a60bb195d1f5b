"""Settings are read with types; an empty value is the default."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.environment import Environment


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Three values in the environment; .env has another for one of them."""
    monkeypatch.setenv("ORC_THREADS", "12")
    monkeypatch.setenv("ORC_HOSTS", " a.test, b.test ,")
    monkeypatch.setenv("ORC_EMPTY", "")
    (tmp_path / ".env").write_text("ORC_THREADS=3\n")
    return Environment(tmp_path / ".env")


def test_environment_wins_over_the_file(env: Environment) -> None:
    assert env.count("ORC_THREADS", default=8) == 12


def test_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORC_ONLY_IN_FILE", "to be put back")
    monkeypatch.delenv("ORC_ONLY_IN_FILE")
    (tmp_path / ".env").write_text("ORC_ONLY_IN_FILE=2.5\n")

    assert Environment(tmp_path / ".env").seconds("ORC_ONLY_IN_FILE", default=1.0) == 2.5


def test_empty_value_is_the_default(env: Environment) -> None:
    assert env.flag("ORC_EMPTY", default=True) is True


def test_list_has_no_blanks(env: Environment) -> None:
    assert env.names("ORC_HOSTS") == ["a.test", "b.test"]


def test_secret_that_begins_with_a_dollar_is_not_taken_for_a_reference(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORC_SECRET", "$ORC_THREADS")

    assert env.text("ORC_SECRET") == "$ORC_THREADS"


def test_relative_database_file_belongs_to_the_checkout(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORC_DATABASE", "sqlite:///shop.sqlite3")

    config = env.database("ORC_DATABASE", default="", base=tmp_path)

    assert config["NAME"] == str(tmp_path / "shop.sqlite3")

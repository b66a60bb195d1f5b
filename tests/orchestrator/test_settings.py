"""A bare checkout starts; production says what it misses; every complaint is one line."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.processes import manage

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": secrets.token_hex(40),
    "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "orchestrator.test",
    "DATABASE_URL": "sqlite:///:memory:",
    "PUBLIC_URL": "https://orchestrator.test",
}


def complaint(*arguments: str, **values: str) -> str:
    """The one line on stderr of a command that refuses."""
    ended = manage(*arguments, **values)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    return ended.stderr.strip()


def test_bare_checkout_passes_its_checks() -> None:
    ended = manage("check")

    assert ended.returncode == 0, ended.stderr


def test_production_names_everything_that_is_missing_at_once() -> None:
    told = complaint("migrate", ENVIRONMENT="production")

    for name in ("SECRET_KEY", "CREDENTIAL_KEYS", "ALLOWED_HOSTS", "DATABASE_URL", "PUBLIC_URL"):
        assert name in told


def test_production_names_only_what_is_missing() -> None:
    told = complaint("check", **{**PRODUCTION, "PUBLIC_URL": ""})

    assert "PUBLIC_URL" in told
    assert "SECRET_KEY" not in told


def test_production_passes_the_deploy_check() -> None:
    ended = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert ended.returncode == 0, ended.stderr


def test_production_without_https_is_warned() -> None:
    ended = manage("check", "--deploy", **{**PRODUCTION, "PUBLIC_URL": "http://orchestrator.test"})

    assert "orchestrator.W002" in ended.stderr


def test_production_refuses_debug() -> None:
    assert "DEBUG" in complaint("check", **PRODUCTION, DEBUG="true")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://root:hunter22@db/shop"),
        ("DATABASE_URL", "postgres://ana:hunter22@db:port/shop"),
        ("DATABASE_URL", "hunter22"),
        ("PUBLIC_URL", "hunter22.example"),
        ("CALL_DEADLINE", "hunter22"),
        ("CALL_DEADLINE", "-1"),
        ("WORKER_THREADS", "0"),
        ("WAKE", "maybe"),
        ("LOG_FORMAT", "xml"),
        ("ENVIRONMENT", "staging"),
    ],
)
def test_malformed_value_is_one_sentence_that_names_it_and_does_not_show_it(name: str, value: str) -> None:
    told = complaint("check", **{name: value})

    assert told.startswith(f"{name} in the environment or in .env must be ")
    assert "hunter22" not in told


def test_missing_folder_of_the_database_is_one_sentence(tmp_path: Path) -> None:
    told = complaint("migrate", DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/shop.sqlite3")

    assert f"There is no folder {tmp_path}/nowhere" in told


def test_database_that_is_away_is_one_sentence() -> None:
    told = complaint("migrate", DATABASE_URL="postgres://ana:hunter22@127.0.0.1:1/shop")

    assert told.startswith("The database did not do that")
    assert "hunter22" not in told


def test_key_that_is_no_key_is_a_check() -> None:
    ended = manage("check", CREDENTIAL_KEYS="hunter22")

    assert "orchestrator.E001" in ended.stderr
    assert "hunter22" not in ended.stderr


def test_lease_that_is_too_short_is_a_check() -> None:
    assert "orchestrator.E002" in manage("check", LEASE_SECONDS="10").stderr


def test_address_that_is_no_slack_webhook_is_a_check_that_does_not_show_it() -> None:
    ended = manage("check", AGENCY_SLACK_WEBHOOK="https://hooks.slack.test/services/T0/B0/hunter22")
    fine = manage("check", AGENCY_SLACK_WEBHOOK="https://hooks.slack.com/services/T0/B0/hunter22")

    assert "orchestrator.W003" in ended.stderr
    assert "hunter22" not in ended.stderr
    assert "orchestrator.W003" not in fine.stderr

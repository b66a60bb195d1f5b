"""What every test stands on: a database in a file, quick settings, fake vendors over real HTTP."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from hypothesis import settings as stories
from pytest_django import DjangoDbBlocker

from connectors import registry, vendors
from connectors.roles import Vendor
from connectors.sandbox.server import Sandbox, running
from orchestrator.intake import senders
from orchestrator.record import retention
from tests import migrated as migrations

# How long one story takes says how busy the machine is, nothing of our code.
stories.register_profile("house", deadline=None)
stories.load_profile("house")


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: it need not be looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


OTHERS_GO = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of SQLite, to be copied; the workers of one run share it."""
    folder = tmp_path_factory.getbasetemp()
    return migrations.made_once(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The copy is taken as it is; "migrate" then finds nothing left to do."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """SQLite in memory knows no WAL and no waiting, so threads would meet errors that users never see."""
    if connection.vendor == "sqlite":
        options = connection.settings_dict["OPTIONS"]
        options["init_command"] = options["init_command"].replace("FULL", "OFF")
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        shutil.copy(request.getfixturevalue("migrated"), file)
        connection.settings_dict["TEST"]["NAME"] = str(file)
    else:  # each webhook that a fake keeps alive is a thread of the live server, which would keep one too
        connection.settings_dict["CONN_MAX_AGE"] = 0


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A server drops no database that threads of ours, or of the live server, are still connected to."""
    with django_db_blocker.unblock():
        migrations.remember_what_flush_takes()
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(OTHERS_GO)


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> Iterator[None]:
    """No broker to wake, a clock that tests may set, and passwords that are cheap to check."""
    with override_settings(
        WAKE=False, CLOCK_LOOK_EVERY=0, PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]
    ):
        yield


@pytest.fixture(autouse=True)
def nobody_is_remembered() -> None:
    """A token, or a client, of one test may be another's in the next."""
    senders.forget()
    retention.forget()


@pytest.fixture
def postbox() -> Iterator[type[Vendor]]:
    """A vendor beside ours that can do less, found like any other: by its file."""
    folder = str(Path(__file__).parent / "lesser")
    vendors.__path__.append(folder)
    registry.all_vendors.cache_clear()
    yield registry.vendor_class("postbox")
    vendors.__path__.remove(folder)
    registry.all_vendors.cache_clear()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The fake vendors; tests take accounts of their own names, so one server serves them all."""
    with running() as server:
        yield server

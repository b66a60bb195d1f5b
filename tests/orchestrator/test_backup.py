"""A copy that is made while work goes on can be put back, and polling fetches what happened since."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copy
from threading import Event, Thread

import pytest
import requests

from connectors.sandbox.server import Sandbox
from tests.processes import manage
from tests.test_house import ROOT

CLIENT = """
store: {{slug: backup, name: Backup, platform: shopify}}
connections:
  - vendor: gorgias
    credentials: {{subdomain: backup, email: ops@agency.test, api_key: key-backup, webhook_secret: s}}
    api_root: {url}/gorgias
  - {{vendor: klaviyo, credentials: {{private_key: pk_backup}}, api_root: {url}/klaviyo}}
rules:
  - {{recipe: ticket_hold, name: Hold, mode: live}}
"""
ACCOUNTS = {
    "gorgias": {"subdomain": "backup", "email": "ops@agency.test", "api_key": "key-backup"},
    "klaviyo": {"private_key": "pk_backup"},
}
PEOPLE = [f"person{number}@shop.test" for number in range(12)]


class Place:
    """An installation on SQLite, against fake vendors."""

    def __init__(self, folder: Path, sandbox: Sandbox, migrated: Path) -> None:
        self.database, self._control = folder / "live.sqlite3", f"{sandbox.url}/_control"
        copy(migrated, self.database)
        self._values = {"DATABASE_URL": f"sqlite:///{self.database}", "ALLOW_LOOPBACK_VENDORS": "true"}
        for vendor, credentials in ACCOUNTS.items():
            seed = {"profiles": [{"email": email} for email in PEOPLE]} if vendor == "klaviyo" else {}
            self.tell("PUT", f"{vendor}/accounts/backup", {"credentials": credentials, "seed": seed})
        (folder / "client.yaml").write_text(CLIENT.format(url=sandbox.url))
        manage("apply_client", str(folder / "client.yaml"), **self._values).check_returncode()

    def tell(self, method: str, path: str, body: object = None) -> dict[str, object]:
        answer = requests.request(method, f"{self._control}/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return dict(answer.json())

    def work(self) -> None:
        manage("work", "--until-idle", "--poll-now", WAKE="false", **self._values).check_returncode()

    def open_ticket(self, email: str) -> None:
        self.tell("POST", "gorgias/accounts/backup/do/ticket_open", {"email": email, "subject": "Hello"})

    def held(self) -> set[str]:
        lists = self.tell("GET", "klaviyo/accounts/backup")["lists"]
        return {email for each in lists for email in each["members"]}  # type: ignore[attr-defined]

    def in_the_ledger(self) -> set[str]:
        sql = "SELECT subject FROM orchestrator_suppression WHERE closed_at IS NULL"
        with closing(sqlite3.connect(self.database)) as connection:
            return {subject for (subject,) in connection.execute(sql)}


@pytest.fixture
def place(tmp_path: Path, sandbox: Sandbox, migrated: Path) -> Iterator[Place]:
    yield Place(tmp_path, sandbox, migrated)
    requests.delete(f"{sandbox.url}/_control/faults", timeout=10)


def test_the_way_of_the_guide_copies_under_load_and_the_restored_copy_catches_up(
    place: Place, tmp_path: Path
) -> None:
    for email in PEOPLE[:4]:
        place.open_ticket(email)
    place.work()
    stop = Event()
    busy = Thread(target=keep_writing, args=(place.database, stop))

    busy.start()
    backup = tmp_path / "backup.sqlite3"
    with closing(sqlite3.connect(place.database)) as connection:
        connection.execute(statement_of_the_guide(), (str(backup),))
    stop.set()
    busy.join()
    for email in PEOPLE[4:]:
        place.open_ticket(email)  # after the copy …
    place.work()
    lose(place.database)
    backup.rename(place.database)
    before = place.in_the_ledger()
    place.work()

    assert before == set(PEOPLE[:4])  # … so the copy knows nothing of these
    assert place.in_the_ledger() == set(PEOPLE)
    assert place.held() == set(PEOPLE)


def statement_of_the_guide() -> str:
    """What docs/operating.md tells people to run."""
    found = re.search(r"execute\('(VACUUM INTO \?)'", (ROOT / "docs/operating.md").read_text())
    assert found
    return found[1]


def keep_writing(database: Path, stop: Event) -> None:
    """As a busy worker would, all the while."""
    with closing(sqlite3.connect(database, timeout=20, isolation_level=None)) as connection:
        while not stop.is_set():
            connection.execute("UPDATE connectors_store SET name = name || ''")


def lose(database: Path) -> None:
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()

"""The first import of a large shop: how many orders a second, and whether memory stays flat."""

from __future__ import annotations

import os
import secrets
import sqlite3
import tempfile
import time
from base64 import urlsafe_b64encode
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import requests

from bench import processes

SLUG, TOKEN = "bench", "shpat_bench"
SEEDED = 1_000  # orders in one request
LINES = 3  # of each order
EACH = 3  # orders of one customer
PATIENCE = 3_600.0  # seconds
FLAT = 1.25  # how much more memory the last quarter may take than the first
CLIENT = """
store: {{slug: {slug}, name: Bench, platform: shopify, currency: USD, timezone: UTC}}
connections:
  - vendor: shopify
    credentials: {{shop: {slug}.myshopify.com, access_token: {token}, client_secret: shpss_bench}}
    api_root: http://127.0.0.1:{port}/shopify
"""


class Row(NamedTuple):
    what: str
    value: str
    unit: str


@dataclass
class Result:
    conditions: list[str]
    rows: list[Row]
    is_good: bool


@dataclass
class Watch:
    """What was seen while it ran: seconds since the reading began, orders read, MiB."""

    seen: list[tuple[float, int, float]] = field(default_factory=list)

    def peak(self, begin: float, end: float, of: int) -> float:
        """The most memory while that part of the orders was read."""
        return max((mib for _, read, mib in self.seen if begin * of <= read <= end * of), default=0.0)


def measure(orders: int) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        environment, log = _environment(here), here / "log.txt"
        port = processes.free_port()
        with processes.running(log, environment, "sandbox", "--port", str(port)) as sandbox:
            processes.until(lambda: processes.answers(port), 30)
            _seed(f"http://127.0.0.1:{port}/_control", orders)
            (here / "client.yaml").write_text(CLIENT.format(slug=SLUG, token=TOKEN, port=port))
            processes.run(log, environment, "migrate", "--verbosity", "0")
            processes.run(log, environment, "apply_client", str(here / "client.yaml"))
            theirs = processes.cpu_seconds(sandbox)
            with processes.running(log, environment, "work") as worker:
                watch = _watch(here / "bench.sqlite3", worker, orders)
                ours = processes.cpu_seconds(worker)
            theirs = processes.cpu_seconds(sandbox) - theirs
        return _result(watch, orders, ours, theirs, here / "bench.sqlite3")


def _result(watch: Watch, orders: int, ours: float, theirs: float, database: Path) -> Result:
    seconds = watch.seen[-1][0]
    first, last = watch.peak(0, 0.25, orders), watch.peak(0.75, 1, orders)
    is_flat = last <= first * FLAT
    megabytes = database.stat().st_size / 1_000_000
    return Result(
        conditions=[
            f"first import of {orders:,} orders with {LINES} lines each from the fake Shopify, limits off",
            "SQLite, one process (manage.py work); the clock runs from the first line read until the last "
            "order is decided",
        ],
        rows=[
            Row("orders imported and decided", f"{orders / seconds:,.0f}", "a second"),
            Row("the whole import", f"{seconds:,.0f}", "s"),
            Row("processor time of ours", f"{ours / orders * 1000:,.2f}", "s for 1,000 orders"),
            Row("processor time of the fake vendor", f"{theirs / orders * 1000:,.2f}", "s for 1,000 orders"),
            Row("memory at most, first quarter", f"{first:,.0f}", "MiB (PSS)"),
            Row("memory at most, last quarter", f"{last:,.0f}", "MiB (PSS)"),
            Row("memory stays flat", "yes" if is_flat else "no", f"last at most {FLAT:.2f} × first"),
            Row("database", f"{megabytes / orders * 1000:,.1f}", "MB for 1,000 orders"),
        ],
        is_good=is_flat,
    )


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
        "SECRET_KEY": secrets.token_hex(30),
        "CREDENTIAL_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "ALLOW_LOOPBACK_VENDORS": "true",
        "WAKE": "false",
        "LOG_LEVEL": "ERROR",
    }


def _seed(control: str, orders: int) -> None:
    account = f"{control}/shopify/accounts/{SLUG}"
    credentials = {"shop": f"{SLUG}.myshopify.com", "access_token": TOKEN, "client_secret": "shpss_bench"}
    with requests.Session() as hand:
        _put(hand.put(account, json={"credentials": credentials}, timeout=60))
        _put(hand.post(f"{control}/limits", json={"on": False, "job_seconds": 0.2}, timeout=60))
        for kind, make, count in (("customers", _customer, orders // EACH + 1), ("orders", _order, orders)):
            for begin in range(0, count, SEEDED):
                made = [make(number) for number in range(begin, min(begin + SEEDED, count))]
                _put(hand.put(account, json={"seed": {kind: made}}, timeout=300))


def _put(answer: requests.Response) -> None:
    if not answer.ok:
        raise RuntimeError(answer.text[:500])


def _customer(number: int) -> dict[str, Any]:
    return {"id": number + 1, "email": f"buyer{number}@shop.test"}


def _order(number: int) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(days=400, minutes=number)
    things = [{"title": f"Thing {each}", "quantity": 1, "price": "10.00"} for each in range(LINES)]
    return {
        "id": 1_000_000 + number,
        "customer": {"id": number // EACH + 1},
        "created_at": at.isoformat(),
        "line_items": things,
    }


def _watch(database: Path, worker: int, orders: int) -> Watch:
    watch, began = Watch(), 0.0

    def is_over() -> bool:
        nonlocal began
        read, undecided = _progress(database)
        if read and not began:
            began = time.monotonic()
        if began:
            watch.seen.append((time.monotonic() - began, read, processes.memory(worker)))
        return read >= orders and not undecided

    processes.until(is_over, PATIENCE)
    return watch


def _progress(database: Path) -> tuple[int, int]:
    """Orders read, and whether some are not decided yet."""
    sql = (
        "SELECT coalesce((SELECT read FROM orchestrator_import WHERE kind = 'order'), 0), "
        "EXISTS (SELECT 1 FROM orchestrator_inboxevent WHERE state IN ('new', 'reread'))"
    )
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as connection:
        read, undecided = connection.execute(sql).fetchone()
    return int(read), int(undecided)

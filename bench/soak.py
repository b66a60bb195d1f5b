"""Half an hour of steady load on the small form: does anything grow that should not, is anything lost?

python -m bench.soak --minutes 30 [--markdown]
"""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import sqlite3
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression
from typing import NamedTuple

from bench import processes
from bench.mixed import Day, Verdict

PARTS = ("web", "worker", "beat")
EVERY = 10.0  # seconds between two looks
WARM_UP = 1 / 3  # of the time, in which caches and pools may fill …
WARM_UP_AT_MOST = 600.0  # … and at most so long
GROWTH = 8.0  # MiB an hour that the memory of all parts may grow after that
HANDLES = 8  # descriptors or threads more at the end than after the warm-up
STILL = 300.0  # seconds until nothing may wait any more
WAITING = """
SELECT (SELECT count(*) FROM orchestrator_delivery WHERE state = 'new')
     + (SELECT count(*) FROM orchestrator_inboxevent WHERE state IN ('new', 'reread'))
     + (SELECT count(*) FROM orchestrator_outboxaction
        WHERE state IN ('waiting', 'claimed', 'accepted', 'in_doubt'))
     + (SELECT count(*) FROM orchestrator_vendorstate WHERE due_at IS NOT NULL)
"""
UNREAD = """
SELECT count(*) FROM connectors_connection AS connection
LEFT JOIN connectors_cursor ON connection_id = connection.id
WHERE vendor != 'klaviyo' AND coalesce(watermark, '') = ''
"""  # connections whose first poll is still to come: what happens before it is history
OLDEST = """
SELECT max(0, (julianday('now') - julianday(min(at))) * 86400) FROM (
    SELECT min(received_at) AS at FROM orchestrator_delivery WHERE state = 'new'
    UNION ALL SELECT min(received_at) FROM orchestrator_inboxevent WHERE state = 'new'
    UNION ALL SELECT min(planned_for) FROM orchestrator_outboxaction WHERE state IN ('waiting', 'claimed'))
"""


class Look(NamedTuple):
    at: float  # seconds since the load began
    memory: dict[str, float]  # MiB (PSS) of each part
    descriptors: int
    threads: int
    waiting: int
    oldest: float  # seconds
    disk: float  # MB
    spool: int  # messages in the queue's folder
    undelivered: int  # webhooks that the fakes still have to send


class Line(NamedTuple):
    what: str
    value: str
    limit: str
    is_good: bool


@dataclass
class Place:
    """Where the product of this run lives."""

    folder: Path
    port: int

    @property
    def database(self) -> Path:
        return self.folder / "soak.sqlite3"

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": f"sqlite:///{self.database}",
            "QUEUE_DIR": str(self.folder / "queue"),
            "SECRET_KEY": secrets.token_hex(30),
            "CREDENTIAL_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "ALLOW_LOOPBACK_VENDORS": "true",
            "LOG_LEVEL": "WARNING",
        }

    def ask(self, sql: str) -> float:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)) as connection:
            return float(connection.execute(sql).fetchone()[0] or 0)

    def look(self, at: float, parts: dict[str, list[int]], undelivered: int) -> Look:
        pids = [pid for each in parts.values() for pid in each]
        return Look(
            at,
            {name: sum(map(processes.memory, each)) for name, each in parts.items()},
            sum(map(processes.descriptors, pids)),
            sum(map(processes.threads, pids)),
            int(self.ask(WAITING)),
            self.ask(OLDEST),
            sum(file.stat().st_size for file in self.folder.glob("soak.sqlite3*")) / 1_000_000,
            len(list((self.folder / "queue").glob("*.msg"))),
            undelivered,
        )


def run(minutes: float, rate: float, seed: int) -> tuple[list[Look], Verdict, int, int]:
    """What was seen, what came of it, how many events there were, and what still waits at the end."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder), processes.free_port())
        environment, log = place.environment(), place.folder / "log.txt"
        fakes = processes.free_port()
        with processes.running(log, environment, "sandbox", "--port", str(fakes)):
            processes.until(lambda: processes.answers(fakes), 30)
            day = Day(f"http://127.0.0.1:{fakes}", f"http://127.0.0.1:{place.port}", seed)
            (place.folder / "client.yaml").write_text(day.set_up())
            processes.run(log, environment, "migrate", "--verbosity", "0")
            processes.run(log, environment, "apply_client", str(place.folder / "client.yaml"))
            with processes.running(log, environment, "serve", "--port", str(place.port)) as serve:
                processes.until(lambda: processes.answers(place.port), 60)
                processes.until(lambda: not place.ask(UNREAD), 120)
                looks = _soak(place, day, serve, minutes * 60, rate)
                _settle(place, day)
                waiting = int(place.ask(WAITING))
                looks.append(place.look(minutes * 60, processes.parts(serve), day.undelivered()))
            verdict = day.verdict()
        sys.stderr.write(_last_words(log))
    return looks, verdict, day.events, waiting


def _soak(place: Place, day: Day, serve: int, seconds: float, rate: float) -> list[Look]:
    parts, looks, began = processes.parts(serve), [], time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        day.go_on(min(EVERY, seconds - passed), rate)
        day.forget_requests()
        looks.append(place.look(time.monotonic() - began, parts, day.undelivered()))
        sys.stderr.write(f"{_told(looks[-1])}\n")
    return looks


def _settle(place: Place, day: Day) -> None:
    """Load has ended: what is left has so long to be done."""
    with suppress(TimeoutError):
        processes.until(lambda: not (day.undelivered() or place.ask(WAITING)), STILL, 1)


def judged(looks: list[Look], verdict: Verdict, waiting: int) -> list[Line]:
    """Memory by the slope of all looks after the warm-up, the rest by what is there at the end."""
    seconds = looks[-1].at
    warm = [each for each in looks if each.at >= min(seconds * WARM_UP, WARM_UP_AT_MOST)]
    first, last = warm[0], looks[-1]
    lines = [_memory(name, [(look.at, look.memory[name]) for look in warm]) for name in PARTS]
    whole = _slope([(look.at, sum(look.memory.values())) for look in warm])
    return [
        *lines,
        Line("memory of all, growth", f"{whole:+.1f} MiB an hour", f"≤ {GROWTH:g}", whole <= GROWTH),
        _handles("file descriptors", first.descriptors, last.descriptors),
        _handles("threads", first.threads, last.threads),
        Line("oldest work, at most", f"{max(look.oldest for look in looks):.1f} s", "shown", True),
        Line(
            "messages in the queue's folder, at most", f"{max(look.spool for look in looks)}", "shown", True
        ),
        Line("waiting at the end", f"{waiting}", "0", waiting == 0),
        Line("effects owed", f"{verdict.owed:,}", "shown", True),
        Line("lost", f"{verdict.lost}", "0", verdict.lost == 0),
        Line("doubled", f"{verdict.doubled}", "0", verdict.doubled == 0),
        Line("people held wrongly, or not", f"{verdict.wrong}", "0", verdict.wrong == 0),
        Line("database", f"{last.disk:,.0f} MB", "shown", True),
    ]


def _memory(name: str, seen: list[tuple[float, float]]) -> Line:
    growth = _slope(seen)
    told = f"{seen[0][1]:.0f} → {seen[-1][1]:.0f} MiB ({growth:+.1f} an hour)"
    return Line(f"memory of {name}", told, "shown", True)


def _slope(seen: list[tuple[float, float]]) -> float:
    """How much an hour."""
    return linear_regression([at for at, _ in seen], [value for _, value in seen]).slope * 3600


def _handles(what: str, first: int, last: int) -> Line:
    return Line(what, f"{first} → {last}", f"≤ +{HANDLES}", last - first <= HANDLES)


def _told(look: Look) -> str:
    memory = " ".join(f"{name} {mib:.1f}" for name, mib in look.memory.items())
    return (
        f"{look.at:6.0f} s  {memory} MiB  {look.descriptors} descriptors  {look.threads} threads  "
        f"{look.waiting} waiting, oldest {look.oldest:.1f} s  {look.undelivered} webhooks to come  "
        f"{look.disk:.0f} MB"
    )


def _last_words(log: Path) -> str:
    """What the product complained of, which would explain a bad verdict."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("{")]
    return "".join(f"{line[:300]}\n" for line in lines[-20:])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=20, help="events a second at the vendors")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    looks, verdict, events, waiting = run(options.minutes, options.rate, options.seed)
    lines = judged(looks, verdict, waiting)
    print(
        f"{events:,} events at the vendors in {options.minutes:g} minutes, every webhook twice, polled each "
        f"minute; serve on SQLite; Python {platform.python_version()}, {os.cpu_count()} cores, load before "
        f"{load:.1f}\n"
    )
    form = "| {} | {} | {} | {} |" if options.markdown else "{:<40} {:<36} {:<8} {}"
    print(form.format("what", "value", "limit", "verdict"))
    if options.markdown:
        print("|---|---|---|---|")
    for line in lines:
        verdict_told = "" if line.limit == "shown" else "good" if line.is_good else "BAD"
        print(form.format(line.what, line.value, "" if line.limit == "shown" else line.limit, verdict_told))
    sys.exit(0 if all(line.is_good for line in lines) else 1)


if __name__ == "__main__":
    main()

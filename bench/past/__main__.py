"""Records events, plays them twice, and prints what came out as JSON: ``python -m bench.past EVENTS``."""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import processes  # noqa: E402
from bench.past import stream  # noqa: E402
from orchestrator.decide import backtests  # noqa: E402
from orchestrator.models import Backtest  # noqa: E402
from rules import publish  # noqa: E402
from rules.models import Rule  # noqa: E402

DAYS = 30
PATIENCE = 3_600.0


def main(count: int) -> dict[str, Any]:
    now = timezone.now()
    rule = stream.record(count, now)
    row = _asked(rule)
    before = _peak()
    began, used = time.perf_counter(), time.process_time()
    backtests.play(row, now)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    row.refresh_from_db()
    if row.state != Backtest.State.DONE:
        raise RuntimeError(f"The backtest ended as {row.state}: {row.told}")
    told = row.result["figures"][0]
    mib = _peak() - before
    return {
        "seconds": seconds,
        "cpu": cpu,
        "mib": mib,
        "holds": told["holds_opened"],
        "cancelled": _cancelled(rule),
    }


def _peak() -> float:
    """MiB that this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _asked(rule: Rule) -> Backtest:
    form = ("its form as saved", publish.check(rule.recipe, rule.params))
    return backtests.ask(rule, DAYS, form, None, by="bench", now=timezone.now())


def _cancelled(rule: Rule) -> float:
    """Seconds from a cancel half way until it is told as cancelled."""
    total = Backtest.objects.latest("pk").total or 0
    row, asked_at = _asked(rule), 0.0

    def cancel() -> None:
        nonlocal asked_at
        half = Backtest.objects.filter(pk=row.pk, heard__gte=total // 2)
        processes.until(half.exists, PATIENCE, 0.02)
        backtests.cancel(row, timezone.now())
        asked_at = time.perf_counter()
        connection.close()

    thread = threading.Thread(target=cancel)
    thread.start()
    backtests.play(row, timezone.now())
    ended_at = time.perf_counter()
    thread.join()
    row.refresh_from_db()
    if row.state != Backtest.State.CANCELLED:
        raise RuntimeError(f"A cancelled backtest ended as {row.state}")
    return ended_at - asked_at


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))

"""A hold's rule played on recorded days beside another live rule, and how soon a cancel is heeded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench import house, processes
from bench.size import Size
from bench.table import Row, Scale

EVENTS = "BENCH_EVENTS"  # another number than two thousand
PATIENCE = 7_200.0


def measure(size: Size, scale: Scale) -> list[Row]:
    count = int(os.environ.get(EVENTS) or scale.pick(2_000, 300))
    told = _played(size, count)
    return [
        Row("backtest over recorded events", count / told["seconds"], "events/s", 100, 500),
        Row("… CPU for one of them", told["cpu"] / count * 1000, "ms", 10, 2),
        Row(f"… memory that {count:,} of them take", told["mib"], "MiB", 100, 25),
        Row("… a cancel half way, until it is heeded", told["cancelled"], "s", 5, 1),
    ]


def _played(size: Size, count: int) -> dict[str, Any]:
    with house.opened(size) as home:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "bench.past", str(count)],
            cwd=processes.ROOT,
            env=home.environment | {"WAKE": "false"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-500:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found

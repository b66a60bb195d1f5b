"""The run log at a million lines against a thousand: pages, export, and a purge while work goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench import house, processes
from bench.size import Size
from bench.table import Row, Scale

FEW = 1_000
PATIENCE = 3_600.0
QUERIES = {"dashboard": 20}  # of one page at most; others have six
ROWS = "BENCH_ROWS"  # another length than a million


def measure(size: Size, scale: Scale) -> list[Row]:
    many = int(os.environ.get(ROWS) or scale.pick(1_000_000, 5_000))
    few, found = _grown(size, FEW), _grown(size, many)
    rows = []
    for name, page in found["pages"].items():
        at_most = QUERIES.get(name, 6)
        before = few["pages"][name]
        note = f"{page['ms']:.0f} ms against {before['ms']:.0f} ms"
        rows.append(
            Row(f"{name}: {many:,} against {FEW:,} lines", page["ms"] / before["ms"], "×", 3, 2, note)
        )
        rows.append(Row("… queries", page["queries"], "", at_most, at_most))
    csv, purge = found["export"], found["purge"]
    return [
        *rows,
        Row(f"CSV of {many:,} lines: first chunk", csv["first"], "s", 2, 0.3),
        Row("… rate", csv["rate"], "rows/s", 25_000, 60_000),
        Row("… extra memory", csv["mib"], "MiB", 100, 16),
        Row(
            "storing a webhook while a tenth is purged, p95 against idle",
            purge["busy"] / purge["idle"],
            "×",
            3,
            1.5,
            f"{purge['busy']:.1f} ms against {purge['idle']:.1f} ms",
        ),
        Row("… purged and archived", purge["gone"] / purge["seconds"], "lines/s"),
    ]


def _grown(size: Size, count: int) -> dict[str, Any]:
    with house.opened(size) as home:
        settings = home.environment | {"ARCHIVE_DIR": str(home.place.folder / "archive"), "WAKE": "false"}
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "bench.growth", str(count)],
            cwd=processes.ROOT,
            env=settings,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-500:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found

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
Page = dict[str, float]  # ms and queries
PATIENCE = 3_600.0
ROWS = "BENCH_ROWS"  # another length than a million


def measure(size: Size, scale: Scale) -> list[Row]:
    many = int(os.environ.get(ROWS) or scale.pick(1_000_000, 5_000))
    few, found = _grown(size, FEW), _grown(size, many)
    csv, purge = found["export"], found["purge"]
    return [
        *(_page(name, few["pages"][name], page) for name, page in found["pages"].items()),
        *_rest(few, found),
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


def _page(name: str, before: Page, after: Page) -> Row:
    told = f"{after['queries']:.0f}" if after["queries"] == before["queries"] else "MORE"
    note = f"{after['ms']:.0f} ms against {before['ms']:.0f} ms, {told} queries"
    return Row(f"page: {name}", after["ms"] / before["ms"], "×", 3, 2, note)


def _rest(few: dict[str, Any], found: dict[str, Any]) -> list[Row]:
    """The worst of what has no row of its own, and whether any page asks more where there is more."""
    ratios = {name: page["ms"] / few["others"][name]["ms"] for name, page in found["others"].items()}
    worst = max(ratios, key=ratios.__getitem__)
    counts = [{**each["pages"], **each["others"]} for each in (few, found)]
    more = [name for name, page in counts[1].items() if page["queries"] > counts[0][name]["queries"]]
    return [
        Row(f"… the worst of {len(ratios)} others", ratios[worst], "×", 3, 2, worst),
        Row("… pages that ask more queries where there is more", len(more), "", 0, 0, ", ".join(more)),
        Row("… most queries of a page", max(each["queries"] for each in counts[1].values()), ""),
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

"""Runs the measurements and prints one table, with the conditions it came out under."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import pkgutil
import platform
import subprocess
import sys
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import urlsplit

from bench import lines, processes, table
from bench.size import Size, chosen
from bench.table import Row, Scale

Measure = Callable[[Size, Scale], list[Row]]
log = logging.getLogger("bench")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__, epilog=SETTINGS)
    parser.add_argument("--markdown", action="store_true", help="print it for a document")
    parser.add_argument(
        "--all", action="store_true", help="embedded, then PostgreSQL and Redis if they answer"
    )
    options = parser.parse_args()
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    scale = Scale(is_quick=os.environ.get("BENCH", "full") == "quick")
    rows = []
    for size in _sizes() if options.all else [chosen(os.environ)]:
        print(_conditions(size, scale, options.markdown), end="\n\n", flush=True)
        found = _measured(size, scale, _wanted(os.environ.get("ONLY", "")))
        print(table.markdown(found) if options.markdown else table.text(found), end="\n\n", flush=True)
        rows += found
    sys.exit(0 if all(row.is_good for row in rows) or (scale.is_quick and _all_ran(rows)) else 1)


SETTINGS = (
    "Settings: DATABASE_URL and CELERY_BROKER_URL choose the size, ONLY=burst,latency picks lines, "
    "BENCH=quick does little of everything. Exit code 1 when a floor does not hold; of a quick run only "
    "when something could not be measured."
)


def _wanted(only: str) -> dict[str, Measure]:
    """Every module of ``bench.lines``, or those that were named."""
    names = sorted(each.name for each in pkgutil.iter_modules(lines.__path__))
    picked = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := set(picked) - set(names):
        sys.exit(f"There is no line {', '.join(sorted(unknown))}; there are: {', '.join(names)}.")
    return {name: importlib.import_module(f"{lines.__name__}.{name}").measure for name in picked or names}


def _measured(size: Size, scale: Scale, wanted: dict[str, Measure]) -> list[Row]:
    """What fails is a line of the table too, and the rest goes on."""
    rows: list[Row] = []
    for name, measure in wanted.items():
        log.info("%s: %s …", size.name, name)
        try:
            rows += measure(size, scale)
        except Exception as error:
            log.exception("The line %s could not be measured", name)
            rows.append(Row(name, None, "", note=type(error).__name__))
    return rows


def _conditions(size: Size, scale: Scale, is_markdown: bool) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("Django", "celery", "granian"))
    told = (
        f"{size.name}: {size.versions()}, Python {platform.python_version()}, {packages}",
        f"{platform.system()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start, "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, version {_commit()}",
        "everything small: only to show that it runs"
        if scale.is_quick
        else "limits of the fake vendors off, "
        "unless the line is about them; their cost and the load generator's are not ours",
    )
    return "\n".join(f"- {each}" if is_markdown else each for each in told)


def _commit() -> str:
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607
            cwd=processes.ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()


def _sizes() -> Collection[Size]:
    database = os.environ.get("POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
    broker = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/9"
    if all(map(_answers, (database, broker))):
        return [Size(), Size(database, broker)]
    log.info("PostgreSQL or Redis does not answer: the large size is left out.")
    return [Size()]


def _answers(url: str) -> bool:
    where = urlsplit(url)
    return where.hostname in ("127.0.0.1", "localhost") and processes.answers(where.port or 0)


def _all_ran(rows: Collection[Row]) -> bool:
    return all(row.value is not None for row in rows)


if __name__ == "__main__":
    main()

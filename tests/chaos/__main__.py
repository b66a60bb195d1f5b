"""The long form: plays every size and prints what came out. ``make chaos`` calls it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from tests.chaos import table
from tests.chaos.crew import Crew
from tests.chaos.misfortunes import APART, EMBEDDED, LOOPS, SCALE_OUT, Misfortune
from tests.chaos.run import Outcome, Plan, play
from tests.chaos.sizes import Embedded, Loops, scale_out, stopped_in_the_end
from tests.servers import OwnPostgres, OwnRedis

FIRST: dict[str, tuple[Misfortune, ...]] = {"scale-out": APART}
DECK = {"embedded": EMBEDDED, "loops": LOOPS, "scale-out": SCALE_OUT}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--events", type=int, default=5000, help="that happen in each size")
    parser.add_argument("--size", choices=sorted(DECK), action="append", help="default: embedded, scale-out")
    parser.add_argument("--markdown", action="store_true", help="print the table for the documentation")
    parser.add_argument("--log", type=Path, help="a folder in which what the processes say is kept")
    given = parser.parse_args()
    sizes = given.size or ["embedded", *(["scale-out"] if OwnPostgres.is_here() else [])]
    outcomes = [_played(size, given.events, given.log) for size in sizes]
    sys.stdout.write(table.markdown(outcomes) if given.markdown else table.text(outcomes))
    sys.exit(any(not outcome.verdict.is_good for outcome in outcomes))


def _played(size: str, events: int, log: Path | None) -> Outcome:
    plan = Plan(
        events=events,
        tickets=max(20, events // 10),
        customers=min(120, max(20, events // 10)),
        calls=(20, 80),
        first=FIRST.get(size, ()),
        deck=DECK[size],
    )
    with tempfile.TemporaryDirectory(prefix="orchestrator-chaos-") as folder:
        directory = Path(folder)
        with _crew(size, directory) as crew:
            try:
                outcome = play(crew, plan, directory)
            finally:
                if log is not None:
                    log.mkdir(parents=True, exist_ok=True)
                    (log / f"{size}.log").write_bytes(crew.log.read_bytes())
    sys.stderr.write(f"{outcome}\n")
    return outcome


def _crew(size: str, directory: Path) -> AbstractContextManager[Crew]:
    if size == "scale-out":
        return scale_out(directory, OwnRedis())
    return stopped_in_the_end(Embedded(directory) if size == "embedded" else Loops(directory, workers=2))


if __name__ == "__main__":
    main()

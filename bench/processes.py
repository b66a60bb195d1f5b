"""Commands as processes of their own, and what they cost: seconds of the processor, memory."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIB = 1024
TICKS = os.sysconf("SC_CLK_TCK")
PREFIX = "orc-"  # of the names that the parts of ``serve`` give themselves
GONE = (FileNotFoundError, ProcessLookupError)


@contextmanager
def running(log: Path, environment: Mapping[str, str], *arguments: str, module: str = "") -> Iterator[int]:
    """``manage.py …``, or ``-m module …``, until the block ends; its process id."""
    with log.open("ab") as out:
        child = subprocess.Popen(  # noqa: S603
            _command(module, arguments), cwd=ROOT, env=dict(environment), stdout=out, stderr=out
        )
    try:
        yield child.pid
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            for pid in family(child.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            child.wait()


def run(log: Path, environment: Mapping[str, str], *arguments: str, module: str = "") -> None:
    """The same to its end. Raises RuntimeError with its last words when it fails."""
    done = subprocess.run(  # noqa: S603
        _command(module, arguments),
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    with log.open("a") as out:
        out.write(done.stdout + done.stderr)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments[:2])} failed: {done.stderr.strip()[-500:]}")


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    parents = {child: parent for child in _pids() if (parent := _parent(child))}
    found, reach = [pid], {pid}
    while reach := {child for child, parent in parents.items() if parent in reach}:
        found += sorted(reach)
    return found


def name(pid: int) -> str:
    """What a part of ``serve`` calls itself; "main" for everything else."""
    with suppress(*GONE):
        told = Path(f"/proc/{pid}/comm").read_text().strip()
        return told.removeprefix(PREFIX) if told.startswith(PREFIX) else "main"
    return "main"


def memory(pid: int) -> float:
    """MiB that this process holds: its own pages and its share of common ones (PSS)."""
    with suppress(*GONE):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
        return int(found[1]) / MIB if found else 0.0
    return 0.0


def cpu_seconds(pid: int) -> float:
    """Seconds of the processor that this process has used, with its threads and its ended children."""
    with suppress(*GONE):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS
    return 0.0


def until(holds: Callable[[], object], seconds: float, every: float = 0.2) -> None:
    """Raises TimeoutError when it does not come true in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"Not so after {seconds:.0f} seconds.")
        time.sleep(every)


def free_port(row: int = 1) -> int:
    """The first of so many free ports in a row.

    They lie below those that systems give to outgoing connections (from 32,768 on Linux), one of which
    might otherwise take the port before its server does.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        try:
            with ExitStack() as probes:
                for each in range(port, port + row):
                    probes.enter_context(socket.create_server(("127.0.0.1", each)))
            return port
        except OSError:
            continue


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def parts(serve: int) -> dict[str, list[int]]:
    """The processes of a running ``serve`` by part: they are named orc-web, orc-worker and orc-beat."""
    found: dict[str, list[int]] = {}
    for pid in family(serve):
        if (part := name(pid)) != "main":
            found.setdefault(part, []).append(pid)
    return found


def descriptors(pid: int) -> int:
    """Open files and sockets."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def _command(module: str, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, *(["-m", module] if module else ["manage.py"]), *arguments]


def _parent(pid: int) -> int:
    with suppress(*GONE):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _pids() -> list[int]:
    return [int(each) for each in os.listdir("/proc") if each.isdigit()]

"""The product and the fake vendors as processes of their own, and how much memory one of them holds."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIB = 1024


@contextmanager
def running(log: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[int]:
    """``manage.py …`` until the block ends; its process id."""
    command = [sys.executable, "manage.py", *arguments]
    with log.open("ab") as out:
        child = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=out, stderr=out)  # noqa: S603
    try:
        yield child.pid
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def run(log: Path, environment: Mapping[str, str], *arguments: str) -> None:
    """``manage.py …`` to its end. Raises CalledProcessError when it fails."""
    with log.open("ab") as out:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=dict(environment), stdout=out, stderr=out, check=True)  # noqa: S603


def memory(pid: int) -> float:
    """MiB that this process holds: its own pages and its share of common ones (PSS)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / MIB if found else 0.0


def cpu_seconds(pid: int) -> float:
    """Seconds of the processor that this process has used, with its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def until(holds: Callable[[], object], seconds: float, every: float = 0.2) -> None:
    """Raises TimeoutError when it does not come true in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"Not so after {seconds:.0f} seconds.")
        time.sleep(every)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def parts(serve: int) -> dict[str, list[int]]:
    """The processes of a running ``serve`` by part: they are named orc-web, orc-worker and orc-beat."""
    found: dict[str, list[int]] = {}
    for pid in _descendants(serve):
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        if name.startswith("orc-"):
            found.setdefault(name.removeprefix("orc-"), []).append(pid)
    return found


def descriptors(pid: int) -> int:
    """Open files and sockets."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for child in map(int, children) for each in (child, *_descendants(child))]

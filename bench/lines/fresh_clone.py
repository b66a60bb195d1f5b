"""From nothing but a clone to the first person that is not written to: ``make demo``, installing included."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from bench import processes
from bench.size import Size
from bench.table import Row, Scale

PATIENCE = 600.0  # seconds


def measure(size: Size, scale: Scale) -> list[Row]:
    """A fresh clone is of the embedded size. A quick run leaves the minutes of installing out."""
    if size != Size() or scale.is_quick:
        return []
    git, make = shutil.which("git"), shutil.which("make")
    if not git or not make:
        return [Row("fresh clone → first suppression seen", None, "s", 180, 90, note="needs git and make")]
    with tempfile.TemporaryDirectory() as folder:
        clone, port = Path(folder) / "clone", processes.free_port()
        began = time.monotonic()
        subprocess.run([git, "clone", "--quiet", str(processes.ROOT), str(clone)], check=True)  # noqa: S603
        # One command; what the machine has set is not part of a fresh one.
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        demo = subprocess.Popen(  # noqa: S603
            [make, "demo"], cwd=clone, env=kept | {"DEMO_PORT": str(port)}, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            processes.until(lambda: _is_somebody_held(port + 1), PATIENCE)
            seconds = time.monotonic() - began
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(30)
    return [Row("fresh clone → first suppression seen", seconds, "s", 180, 90, note="one command: make demo")]


def _is_somebody_held(port: int) -> bool:
    """At the fake Klaviyo: somebody was added to a list, or suppressed."""
    try:
        answer = requests.get(f"http://127.0.0.1:{port}/_control/requests?vendor=klaviyo", timeout=5)
    except requests.RequestException:
        return False
    return answer.ok and any(map(_holds, answer.json()))


def _holds(call: dict[str, Any]) -> bool:
    path = call["path"].partition("?")[0].rstrip("/")
    is_hold = path.endswith(("/relationships/profiles", "profile-suppression-bulk-create-jobs"))
    return call["method"] == "POST" and is_hold and call["status"] in (200, 202, 204)

"""Posts signed deliveries, from a process of its own so that its cost is told apart:

    python -m bench.load URL FIRST COUNT [A_SECOND]

Without a rate they go as fast as they are answered. Prints one JSON object: when the first was sent, the
seconds of the processor it took, and the moment at which each was sent.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import local
from urllib.parse import urlsplit

from bench import orders
from bench.processes import ROOT

AT_ONCE = 8  # connections
_mine = local()


@dataclass(frozen=True)
class Told:
    """``sent``: seconds since 1970 at which each delivery left, by its number."""

    began: float
    seconds: float
    cpu: float
    sent: dict[int, float]


def post(url: str, first: int, count: int, a_second: float = 0.0) -> Told:
    """Run it and wait. Raises RuntimeError when a delivery was not taken."""
    command = [sys.executable, "-m", "bench.load", url, str(first), str(count), str(a_second)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-500:])
    told = json.loads(done.stdout)
    return Told(
        told["began"], told["seconds"], told["cpu"], {int(key): at for key, at in told["sent"].items()}
    )


def main() -> None:
    url, first, count, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    target = urlsplit(url)
    numbers = range(first, first + count)
    made = {number: orders.delivery(number) for number in numbers}
    used, began = time.process_time(), time.time()

    def send(number: int) -> tuple[int, float]:
        if rate and (early := began + (number - first) / rate - time.time()) > 0:
            time.sleep(early)
        return number, _post(str(target.netloc), target.path, *made[number])

    with ThreadPoolExecutor(AT_ONCE) as hands:
        sent = dict(hands.map(send, numbers))
    seconds, cpu = time.time() - began, time.process_time() - used
    print(json.dumps({"began": began, "seconds": seconds, "cpu": cpu, "sent": sent}))


def _post(address: str, path: str, headers: dict[str, str], body: bytes) -> float:
    if not hasattr(_mine, "line"):
        _mine.line = http.client.HTTPConnection(address, timeout=30)
    at = time.time()
    _mine.line.request("POST", path, body, headers)
    answer = _mine.line.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"A delivery was answered with {answer.status}.")
    return at


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()

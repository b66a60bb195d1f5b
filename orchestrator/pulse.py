"""A process tells that it lives and what it went through, by a timer of its own: the queue may be silent."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

from django.db import connections
from django.utils import timezone

from connectors import timekeeper
from orchestrator import outage, vitals, wake
from orchestrator.models import Process
from orchestrator.record import outages

EVERY = 15.0  # seconds


class Pulse(threading.Thread):
    """``part`` is what this process does: web, worker, beat or work."""

    def __init__(self, part: str) -> None:
        super().__init__(name="pulse", daemon=True)
        self._who: dict[str, Any] = {
            "host": socket.gethostname()[:100],
            "pid": os.getpid(),
            "started_at": timezone.now(),
        }
        self._part = part
        self._ended = threading.Event()

    def run(self) -> None:
        while True:
            outage.endure(self.beat)
            connections.close_all()  # of this thread
            if self._ended.wait(EVERY):
                return

    def beat(self) -> None:
        """Also forgets who has been silent for long, so that the table stays small.

        Each process tells of its own bad times: perhaps it was the only one that met them.
        """
        now = timekeeper.now()
        told = {"part": self._part, "beat_at": now, "wake_failures": wake.bell.failed}
        Process.objects.update_or_create(defaults=told, **self._who)
        Process.objects.filter(beat_at__lt=now - vitals.FORGOTTEN).delete()
        outages.tell(now)

    def end(self) -> None:
        self._ended.set()


def start(part: str) -> Pulse:
    pulse = Pulse(part)
    pulse.start()
    return pulse

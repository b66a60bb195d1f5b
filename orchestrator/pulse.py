"""A process tells that it lives, from a timer of its own, even while the queue brings it nothing."""

from __future__ import annotations

import logging
import os
import socket
import threading
from typing import Any

from django.db import DatabaseError, connections
from django.utils import timezone

from orchestrator import vitals, wake
from orchestrator.models import Process

log = logging.getLogger(__name__)

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
            try:
                self.beat()
            except DatabaseError:
                log.warning("The database takes no sign of life from this process")
            finally:
                connections.close_all()  # of this thread
            if self._ended.wait(EVERY):
                return

    def beat(self) -> None:
        """Also forgets who has been silent for long, so that the table stays small."""
        now = timezone.now()
        told = {"part": self._part, "beat_at": now, "wake_failures": wake.bell.failed}
        Process.objects.update_or_create(defaults=told, **self._who)
        Process.objects.filter(beat_at__lt=now - vitals.FORGOTTEN).delete()

    def end(self) -> None:
        self._ended.set()


def start(part: str) -> Pulse:
    pulse = Pulse(part)
    pulse.start()
    return pulse

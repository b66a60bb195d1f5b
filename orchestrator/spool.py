"""The queue without a server: kombu's folder of messages, made whole, private and bounded."""

from __future__ import annotations

import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

from orchestrator import outage

LOOK_UP = 0.3  # seconds
FULL = 500  # messages that nobody takes; more are not worth keeping, the tables hold the work


class Channel(filesystem.Channel):
    """A message appears in one step: kombu's own way lets a reader take a file that is still empty.

    On a full disk it is dropped: the ticks go on, and the tables hold the work.
    It goes to the queue that it names. Kombu would look that up in a file that all processes rewrite.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        Path(self.data_folder_out).mkdir(parents=True, exist_ok=True, mode=0o700)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        """There is nothing to remember."""

    def _lookup(self, exchange: str, routing_key: str, default: str | None = None) -> list[str]:
        return [routing_key]

    def _put(  # type: ignore[override]  # as kombu's own class has it
        self, queue: str, payload: Any, **kwargs: Any
    ) -> None:
        folder = self.data_folder_out
        if len(os.listdir(folder)) >= FULL:
            return
        # Not with pathlib: it interns each name, and the table of those grows with all that came and went.
        message = os.path.join(folder, f"{time.monotonic_ns() // 1_000_000}_{uuid.uuid4()}")
        draft = f"{message}.new"
        try:
            with open(draft, "w", encoding="utf-8") as file:
                file.write(dumps(payload))
            os.rename(draft, f"{message}.{queue}.msg")
        except OSError as error:
            with suppress(FileNotFoundError):
                os.unlink(draft)
            if not outage.note(error):
                raise


class Transport(filesystem.Transport):
    Channel = Channel

    def drain_events(self, connection: Any, **kwargs: Any) -> None:  # type: ignore[override]  # as Celery calls
        """Celery would wait two seconds between looks at whether it is told to end."""
        timeout = kwargs.get("timeout")
        super().drain_events(connection, timeout=LOOK_UP if timeout is None else min(timeout, LOOK_UP))


def clear(folder: Path) -> None:
    """Forget the wake-ups of an earlier run."""
    for message in [*folder.glob("*.msg"), *folder.glob("*.new")]:
        message.unlink(missing_ok=True)

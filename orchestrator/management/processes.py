"""Child processes that live and die with the command that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

GRACE = 2.5  # seconds that children get to end by themselves


class Stopped(BaseException):
    """SIGINT or SIGTERM arrived. Not an Exception: nothing may swallow it."""


class Children:
    """Each child leads a process group of its own, so that what it started ends with it."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._is_starting = False
        self._is_stopping = False

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """A signal that arrives in the middle waits until the child is known."""
        self._is_starting = True
        self._running[name] = subprocess.Popen(  # noqa: S603
            command, env=env, start_new_session=True, stdin=subprocess.DEVNULL
        )
        self._is_starting = False
        if self._is_stopping:
            raise Stopped

    def ended(self) -> str | None:
        """The name of a child that ended by itself, if any."""
        return next((name for name, child in self._running.items() if child.poll() is not None), None)

    def stop(self) -> None:
        """Ask, wait a little, then insist. Within four seconds everything is gone."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for child in self._running.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        self._signal(signal.SIGKILL)
        for child in self._running.values():
            child.wait()

    def _signal(self, signum: signal.Signals) -> None:
        for child in self._running.values():
            try:
                os.killpg(child.pid, signum)
            except ProcessLookupError:
                continue

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        if self._is_stopping:
            return
        self._is_stopping = True
        if not self._is_starting:
            raise Stopped


@contextmanager
def together() -> Iterator[Children]:
    """Whatever happens inside, no child is left. A signal ends the block quietly.

    The handlers are set explicitly: a shell that starts us in the background leaves SIGINT ignored.
    """
    children = Children()
    before = {each: signal.signal(each, children._on_signal) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield children
    except Stopped:
        pass
    finally:
        children._is_stopping = True
        children.stop()
        for each, handler in before.items():
            signal.signal(each, handler)

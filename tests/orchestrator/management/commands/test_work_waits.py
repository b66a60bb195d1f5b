"""The loop waits by a bell, in a process that has many connections open, too."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import suppress

import pytest

from orchestrator.management.commands.work import Stop

MANY = 1_100  # the classic limit of select is 1,024


@pytest.fixture
def crowded() -> Iterator[None]:
    """So many descriptors are open already."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 2 * MANY), hard), hard))
    opened: list[int] = []
    try:
        opened.extend(os.dup(1) for _ in range(MANY))
        yield
    finally:
        for each in opened:
            with suppress(OSError):
                os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("crowded")
def test_it_is_woken_however_many_descriptors_are_open() -> None:
    stop = Stop()
    try:
        stop.tell()
        stop.wait(60)  # returns at once, or the test's own time is up
        assert stop.is_told
    finally:
        stop.close()

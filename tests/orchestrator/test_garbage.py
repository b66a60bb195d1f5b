"""A process that has begun looks for cycles seldom, and still finds them; its threads share their memory."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings

from orchestrator import garbage

THREADS = 6
HEAPS = """
import ctypes, sys, threading
from orchestrator import garbage

path, settled, threads = sys.argv[1], sys.argv[2] == "True", int(sys.argv[3])
if settled:
    garbage.settle()
together = threading.Barrier(threads + 1)

def hold():
    mine = [bytearray(10_000) for _ in range(100)]
    together.wait()
    together.wait()

for _ in range(threads):
    threading.Thread(target=hold).start()
together.wait()
c = ctypes.CDLL(None)
c.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(c.fopen(path.encode(), b"w"))
c.malloc_info(0, file)
c.fclose(file)
together.wait()
"""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Knot:
    def __init__(self) -> None:
        self.itself = self


def test_what_was_loaded_is_left_out_of_every_look() -> None:
    garbage.settle()

    assert gc.get_freeze_count() > 10_000
    assert gc.get_count()[0] < garbage.YOUNG == gc.get_threshold()[0]


def test_cycles_that_are_made_later_go_away_by_themselves() -> None:
    garbage.settle()

    gone = weakref.ref(Knot())
    kept: list[list[int]] = [[] for _ in range(garbage.YOUNG + 1)]

    assert gone() is None
    assert len(kept) == garbage.YOUNG + 1


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no arenas")
@pytest.mark.parametrize(("settled", "most"), [(True, garbage.ARENAS), (False, THREADS + 1)])
def test_threads_share_their_memory(settled: bool, most: int, tmp_path: Path) -> None:
    told = tmp_path / "heaps.xml"

    run = [sys.executable, "-c", HEAPS, str(told), str(settled), str(THREADS)]
    plain = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    subprocess.run(run, env=plain, cwd=settings.BASE_DIR, check=True, timeout=60)

    assert len(ElementTree.parse(told).findall("heap")) == most  # noqa: S314

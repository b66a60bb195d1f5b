"""How a process that works for weeks keeps house: when Python looks for cycles, and where memory comes from.

A batch makes tens of thousands of objects that go away by their counts alone. By default each 700 of them
cause a look, and each look at the oldest goes through everything that was ever loaded: a fifth of the time
that polling took.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

YOUNG = 50_000  # objects made before a look at the young ones: some MiB
ARENAS = 2  # what threads share: glibc would give each one of its own, up to eight a core, and keep them all
M_ARENA_MAX = -8  # mallopt(3), from glibc's malloc.h


def settle() -> None:
    """What was loaded by now lives as long as the process; of the rest, cycles are looked for seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    with suppress(AttributeError):  # musl and macOS have no such setting, and no need of it
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)

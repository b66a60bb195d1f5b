"""How often Python looks for cycles among a process' objects.

A batch makes tens of thousands of objects that go away by their counts alone. By default each 700 of them
cause a look, and each look at the oldest goes through everything that was ever loaded: a fifth of the time
that polling took.
"""

from __future__ import annotations

import gc

YOUNG = 50_000  # objects made before a look at the young ones: some MiB


def settle() -> None:
    """What was loaded by now lives as long as the process; of the rest, cycles are looked for seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)

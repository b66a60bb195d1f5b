"""Which side of the records is worked on: what is so, or what would be if the rules in shadow were live.

A rule in shadow keeps its own holds, sequences and effects, by the same code and in the same tables, so that
it goes on as it would live. Each of its rows is marked; who does not work on this side never sees one.
Nothing leaves from here: vendors are read, and what would be sent is taken to have been sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_on: ContextVar[bool] = ContextVar("shadow", default=False)


def is_on() -> bool:
    """Whether this thread works for the rules in shadow."""
    return _on.get()


@contextmanager
def cast(on: bool = True) -> Iterator[None]:
    """All that happens here until the block ends is on the side of the rules in shadow, or not on it."""
    mark = _on.set(on)
    try:
        yield
    finally:
        _on.reset(mark)

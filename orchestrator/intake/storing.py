"""Stores deliveries. Those that arrive while others are being written go together in one transaction.

A commit waits for the disk (or the server), and on SQLite one writer at a time may have it. So whoever holds
the turn writes for all that wait by then; each is answered only after the commit that holds its delivery.
"""

from __future__ import annotations

from threading import Lock

from django.db import DatabaseError

from orchestrator.models import Delivery, bulk


class _Waiting:
    """A delivery on its way into the table, and what became of it."""

    def __init__(self, row: Delivery) -> None:
        self.row = row
        self.is_over = False  # somebody has tried
        self.is_stored = False
        self.error: Exception | None = None


_queue: list[_Waiting] = []
_queue_lock, _turn = Lock(), Lock()


def store(row: Delivery) -> None:
    """Returns once it is committed. Raises what kept it from being stored, django.db.Error above all."""
    mine = _Waiting(row)
    with _queue_lock:
        _queue.append(mine)
    with _turn:
        if not mine.is_over:
            _write(_everything())
    if not mine.is_stored:
        raise mine.error or DatabaseError("The writing was broken off.")


def _everything() -> list[_Waiting]:
    with _queue_lock:
        waiting = list(_queue)
        _queue.clear()
    return waiting


def _write(waiting: list[_Waiting]) -> None:
    """Together; where that fails, one by one, so that nobody pays for another's."""
    try:
        if len(waiting) > 1:
            bulk.append([each.row for each in waiting])
            for each in waiting:
                each.is_stored = True
            return
        _write_alone(waiting[0])
    except Exception:  # whatever it was
        for each in waiting:
            _write_alone(each)
    finally:
        for each in waiting:
            each.is_over = True


def _write_alone(waiting: _Waiting) -> None:
    waiting.row.pk = None  # one that a transaction gave which was then undone may be somebody else's by now
    try:
        waiting.row.save(force_insert=True)
        waiting.is_stored = True
    except Exception as error:  # it belongs to the request that waits for it, which may be another's
        waiting.error = error

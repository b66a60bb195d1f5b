"""Stores deliveries. Those that arrive while others are being written go together in one transaction.

A commit waits for the disk (or the server), and on SQLite one writer at a time may have it. So whoever holds
the turn writes for all that wait by then; each is answered only after the commit that holds its delivery.
"""

from __future__ import annotations

from threading import Lock

from django.db import DatabaseError

from orchestrator.models import Delivery


class _Waiting:
    """A delivery on its way into the table, and what became of it."""

    def __init__(self, row: Delivery) -> None:
        self.row = row
        self.is_over = False
        self.error: DatabaseError | None = None


_queue: list[_Waiting] = []
_queue_lock, _turn = Lock(), Lock()


def store(row: Delivery) -> None:
    """Returns once it is committed. Raises DatabaseError when it could not be stored."""
    mine = _Waiting(row)
    with _queue_lock:
        _queue.append(mine)
    with _turn:
        if not mine.is_over:
            _write(_everything())
    if mine.error is not None:
        raise mine.error


def _everything() -> list[_Waiting]:
    with _queue_lock:
        waiting = list(_queue)
        _queue.clear()
    return waiting


def _write(waiting: list[_Waiting]) -> None:
    """Together; where that fails, one by one, so that nobody pays for another's."""
    try:
        if len(waiting) > 1:
            Delivery.objects.bulk_create([each.row for each in waiting])
            return
        _write_alone(waiting[0])
    except DatabaseError:
        for each in waiting:
            _write_alone(each)
    finally:
        for each in waiting:
            each.is_over = True


def _write_alone(waiting: _Waiting) -> None:
    try:
        waiting.row.save(force_insert=True)
    except DatabaseError as error:
        waiting.error = error

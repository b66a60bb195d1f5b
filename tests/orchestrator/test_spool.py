"""The queue in a folder: whole messages, a bound, and room for an earlier run's leftovers."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from kombu import Connection
from kombu.simple import SimpleQueue

from orchestrator import spool


@pytest.fixture
def queue(tmp_path: Path) -> SimpleQueue:
    return open_queue(tmp_path)


def open_queue(folder: Path) -> SimpleQueue:
    options = {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "polling_interval": 0.001,
    }
    return Connection(transport=spool.Transport, transport_options=options).SimpleQueue("wakes")


def test_message_comes_out_as_it_went_in(queue: SimpleQueue) -> None:
    queue.put({"task": "read"})

    assert take(queue) == {"task": "read"}


def test_folder_is_made_and_closed_to_others(queue: SimpleQueue, tmp_path: Path) -> None:
    assert (tmp_path / "queue").stat().st_mode & 0o077 == 0


def test_reader_never_meets_half_a_message(queue: SimpleQueue, tmp_path: Path) -> None:
    writer = Thread(target=put_many, args=(open_queue(tmp_path), 300))
    writer.start()

    numbers = {take(queue)["number"] for _ in range(300)}

    writer.join()
    assert numbers == set(range(300))


def test_full_queue_takes_no_more(queue: SimpleQueue, tmp_path: Path) -> None:
    put_many(queue, spool.FULL + 50)

    assert len(list((tmp_path / "queue").glob("*.msg"))) <= spool.FULL


def test_clearing_forgets_what_nobody_took(queue: SimpleQueue, tmp_path: Path) -> None:
    put_many(queue, 3)
    (tmp_path / "queue" / "17_cut-off.new").write_text("{")

    spool.clear(tmp_path / "queue")

    assert not list((tmp_path / "queue").iterdir())


def test_clearing_where_nothing_ever_was_is_fine(tmp_path: Path) -> None:
    spool.clear(tmp_path / "never")


def take(queue: SimpleQueue, looks: int = 50) -> Any:
    """The transport looks up often, so one look may come back with nothing."""
    for _ in range(looks):
        try:
            return queue.get(timeout=5).payload
        except queue.Empty:
            continue
    raise AssertionError("no message came")


def put_many(queue: SimpleQueue, count: int) -> None:
    for number in range(count):
        queue.put({"number": number})

"""Files that only grow: whatever kills the writer, what was whole stays so and the next goes on behind it."""

from __future__ import annotations

import csv
import errno
import gzip
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.record import archive

WRITER = """
import sys
from pathlib import Path
from orchestrator.record import archive
path = Path(sys.argv[1])
for number in range(100_000):
    with archive.opened(path) as file:
        archive.append(path, file, f"{number}\\n".encode() * 2_000, archive.end(file))
    print(number, flush=True)
"""
GZIPPED = gzip.compress(b"x" * 99, mtime=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive" / "north-ridge.1" / "run-log-2026-11.csv.gz"


def write(path: Path, text: bytes) -> None:
    with archive.opened(path) as file:
        archive.append(path, file, text, archive.end(file))


def test_members_read_as_one_text(path: Path) -> None:
    write(path, b"a,b\r\n1,2\r\n")
    write(path, b"3,4\r\n")

    assert gzip.decompress(path.read_bytes()) == b"a,b\r\n1,2\r\n3,4\r\n"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A file of two members, and where the first ends."""
    path = tmp_path_factory.mktemp("archive") / "a" / "b" / "file.gz"
    write(path, b"first\r\n" * 50)
    size = path.stat().st_size
    write(path, os.urandom(200))
    return path, size


@settings(max_examples=80)
@given(st.integers(0, 259))
def test_wherever_a_write_was_cut_the_next_one_begins_behind_what_is_whole(
    two: tuple[Path, int], cut: int
) -> None:
    path, size = two
    torn = path.with_name("torn.gz")
    torn.write_bytes(path.read_bytes()[: size + cut])

    write(torn, b"next\r\n")

    is_whole = size + cut >= path.stat().st_size
    whole = gzip.decompress(path.read_bytes()) if is_whole else b"first\r\n" * 50
    assert gzip.decompress(torn.read_bytes()) == whole + b"next\r\n"


def test_an_end_that_a_power_cut_left_empty_is_written_over(path: Path) -> None:
    write(path, b"first")
    size = path.stat().st_size
    write(path, b"second" * 50)
    whole = path.read_bytes()
    path.write_bytes(whole[: size + 30] + bytes(len(whole) - size - 30))

    write(path, b"third")

    assert gzip.decompress(path.read_bytes()) == b"firstthird"


@pytest.mark.parametrize(
    "foreign", [b"hello, I am somebody's notes about things", GZIPPED], ids=["text", "gzip"]
)
def test_a_file_of_somebody_else_is_never_written_over(path: Path, foreign: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(foreign)

    with pytest.raises(archive.Damaged, match="it holds something else"):
        write(path, b"ours")

    assert path.read_bytes() == foreign


def test_damage_in_the_middle_is_not_taken_for_an_end(path: Path) -> None:
    for _ in range(3):
        write(path, b"lines")
    size = path.stat().st_size // 3
    broken = bytearray(path.read_bytes())
    broken[size] = 0
    path.write_bytes(broken)

    with pytest.raises(archive.Damaged):
        write(path, b"more")

    assert path.read_bytes() == broken


def test_nobody_writes_while_another_does(path: Path) -> None:
    with archive.opened(path), pytest.raises(archive.Busy), archive.opened(path):
        pass


class FullDisk(FileIO):
    """Takes ten bytes more, then no more."""

    def write(self, data: Any, /) -> int:
        if len(data) <= 10:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(bytes(data)[:10])


def test_a_full_disk_leaves_the_file_as_it_was(path: Path) -> None:
    write(path, b"first")
    before = path.read_bytes()

    with FullDisk(path, "r+b") as file, pytest.raises(OSError, match="No space left"):
        archive.append(path, file, b"second", archive.end(file))

    assert path.read_bytes() == before


@pytest.fixture
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as child:
        yield child
        child.kill()


@pytest.mark.parametrize("writes", [1, 4, 9])
def test_a_killed_writer_loses_nothing_that_it_had_finished(
    path: Path, writer: subprocess.Popen[str], writes: int
) -> None:
    assert writer.stdout
    finished = [next(writer.stdout) for _ in range(writes)]
    writer.send_signal(signal.SIGKILL)  # somewhere in one that follows
    writer.wait()

    write(path, b"last\n")

    found = list(csv.reader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
    counts = [row[0] for row in found]
    assert all(counts.count(number.strip()) == 2_000 for number in finished)
    assert counts[-1] == "last"

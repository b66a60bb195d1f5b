"""What is remembered holds only as long as it is newer than what it describes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.memory import Memory

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_value_told_after_the_last_change_is_known():
    memory: Memory[str] = Memory(10)
    memory.keep("a", NOON, "told")

    assert memory.get("a", NOON - SECOND) == "told"


def test_a_value_told_before_or_at_the_last_change_is_not():
    memory: Memory[str] = Memory(10)
    memory.keep("a", NOON, "told")

    assert [memory.get("a", since) for since in (NOON, NOON + SECOND, None)] == [None, None, None]


def test_what_has_no_time_is_not_kept():
    memory: Memory[str] = Memory(10)
    memory.keep("a", None, "told")

    assert memory.get("a", NOON - SECOND) is None


def test_the_oldest_falls_out():
    memory: Memory[str] = Memory(2)
    for key in ("a", "b", "a", "c"):
        memory.keep(key, NOON, key)

    assert [memory.get(key, NOON - SECOND) for key in ("a", "b", "c")] == ["a", None, "c"]

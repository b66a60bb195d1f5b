"""What a tool does by itself, in plain values: flows, segments and rules that somebody set up there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

LONGEST_TEXT = 200  # characters of one word that a condition reads


class Automation(msgspec.Struct, frozen=True, kw_only=True):
    """One flow, segment or rule that is switched on."""

    kind: str  # flow | segment | rule
    id: str
    name: str
    trigger: str = ""  # what starts it, in the tool's words
    origin: str = ""  # the tool that the trigger comes from, where the vendor says so
    channels: tuple[str, ...] = ()  # of the messages on its longest way, in order: email, sms
    reads: tuple[str, ...] = ()  # the words in its conditions
    guards: tuple[str, ...] = ()  # the words in the filter that everybody who enters has to pass
    does: tuple[str, ...] = ()  # what else it does


def words(part: Any) -> Iterator[str]:
    """Every text inside a condition, in small letters, whatever its shape."""
    if isinstance(part, str):
        yield part[:LONGEST_TEXT].lower()
    elif isinstance(part, dict):
        for each in part.values():
            yield from words(each)
    elif isinstance(part, list):
        for each in part:
            yield from words(each)

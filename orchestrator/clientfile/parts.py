"""A mapping of the client file checked key by key, and lists of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from orchestrator.clientfile import reading
from orchestrator.clientfile.problems import Problems, clipped, unknown
from orchestrator.clientfile.reading import Node, Told
from orchestrator.clientfile.values import Value


class Part(msgspec.Struct, frozen=True):
    """One mapping of the file. ``values`` holds what is right, ``lines`` every key that stands there."""

    line: int
    values: dict[str, Any]
    lines: dict[str, int]

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)


def check(
    node: Node, title: str, keys: Mapping[str, Value], needed: Iterable[str], problems: Problems
) -> Part:
    part = Part(node.line, {}, {})
    if isinstance(node.value, Told):
        return part
    if not isinstance(node.value, dict):
        problems.add(node.line, f"{_begun(title)} has to be names and values, not {reading.kind(node)}.")
        return part
    for key, child in node.value.items():
        part.lines[key] = child.line
        if key not in keys:
            problems.add(child.line, unknown("key", key, keys, f" in {title}"))
        elif not isinstance(child.value, Told):
            _take(part, key, child, keys[key], problems)
    for key in needed:
        if key not in part.lines:
            problems.add(node.line, f"{_begun(title)} needs “{key}”.")
    return part


def _begun(title: str) -> str:
    return title[:1].upper() + title[1:]


def _take(part: Part, key: str, child: Node, check_value: Value, problems: Problems) -> None:
    try:
        part.values[key] = check_value(child)
    except ValueError as error:
        problems.add(child.line, f"{key}: {error}")


def items(node: Node | None, problems: Problems) -> list[Node]:
    if node is None or node.value is None or isinstance(node.value, Told):
        return []
    if not isinstance(node.value, list):
        problems.add(node.line, f"Needs a list (lines that begin with “-”), not {reading.kind(node)}.")
        return []
    return node.value


def once(parts: Iterable[Part], key: str, what: str, problems: Problems) -> None:
    seen: defaultdict[str, list[int]] = defaultdict(list)
    for part in parts:
        if key in part.values:
            seen[part.values[key]].append(part.line_of(key))
    for value, (first, *others) in seen.items():
        for line in others:
            problems.add(line, f"{key}: “{clipped(value)}” {what} (line {first}).")

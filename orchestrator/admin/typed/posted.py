"""Rows by the names of their boxes: NAME-0-field, NAME-1-0-op; and rows that are put in or taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import QueryDict

NEW = {"condition": ("field", ""), "group": ("join", "any"), "action": ("action", "")}


def under(data: Mapping[str, Any], name: str) -> Iterator[str]:
    """What stands behind the name in the names of its boxes."""
    return (key[len(name) + 1 :] for key in data if key.startswith(f"{name}-"))


def numbers(data: Mapping[str, Any], name: str) -> list[int]:
    """Of its rows, in order."""
    found = (re.match(r"([0-9]{1,4})-", rest) for rest in under(data, name))
    return sorted({int(match[1]) for match in found if match})


def changed(data: QueryDict, wish: str) -> QueryDict:
    """With a row more or less: “condition NAME”, “group NAME”, “action NAME” or “remove NAME”."""
    kind, _, name = wish.partition(" ")
    changed = data.copy()
    if kind == "remove":
        for key in [key for key in changed if key.startswith(f"{name}-")]:
            del changed[key]
    elif kind in NEW:
        part, value = NEW[kind]
        place = _next(data, name)
        changed[f"{place}-{part}"] = value
        if kind == "group":
            changed[f"{place}-0-field"] = ""
    return changed


def focus(data: QueryDict, wish: str) -> str:
    """The id of the box or button where the keyboard goes after that, "" where it stays."""
    kind, _, name = wish.partition(" ")
    if kind in NEW:
        return f"id_{_next(data, name)}-{NEW[kind][0]}"
    return f"add_{name.rpartition('-')[0]}" if kind == "remove" else ""


def _next(data: QueryDict, name: str) -> str:
    return f"{name}-{max(numbers(data, name), default=-1) + 1}"

"""What applying a file means, for people: created, changed old → new, kept, left as it is."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from orchestrator.clientfile.problems import clipped


class Item(msgspec.Struct):
    """One row that the file speaks of. Secrets are only ever said to be set or changed."""

    title: str
    is_new: bool
    changed: list[str] = []  # names, for the run log
    lines: list[str] = []
    kept: list[str] = []  # in the file, and the same as stored
    left: list[str] = []  # stored, and not in the file

    @property
    def is_change(self) -> bool:
        return self.is_new or bool(self.changed)

    def take(self, row: Any, name: str, new: Any) -> bool:
        """Give the row this value; answers whether that changes anything."""
        old = getattr(row, name)
        if not self.is_new and old == new:
            self.kept.append(name)
            return False
        setattr(row, name, new)
        self.note(name, old, new)
        return True

    def note(self, name: str, old: Any, new: Any, *, is_secret: bool = False) -> None:
        """``name`` gets another value."""
        if is_secret:
            self.add(name, "set" if not old else "changed" if new else "removed")
        else:
            self.add(name, shown(new) if self.is_new else f"{shown(old)} → {shown(new)}")

    def add(self, name: str, said: str) -> None:
        self.changed.append(name)
        self.lines.append(f"{name}: {said}")

    def told(self) -> str:
        mark, state = ("+", "new") if self.is_new else ("~", "changed" if self.lines else "unchanged")
        rows = [f"{self.title}: {state}", *(f"  {mark} {line}" for line in self.lines)]
        rows += [f"  = kept: {', '.join(self.kept)}"] if self.kept else []
        rows += [f"  . not in the file, left as it is: {', '.join(self.left)}"] if self.left else []
        return "\n".join(rows)

    def summary(self) -> str:
        """For the run log: what was touched, without a single value."""
        return f"{self.title} ({'new' if self.is_new else ', '.join(self.changed)})"


class Diff(msgspec.Struct):
    items: list[Item] = []
    left: list[str] = []
    notes: list[str] = []  # what staff should know, whether anything changed or not

    @property
    def is_change(self) -> bool:
        return any(item.is_change for item in self.items)

    def told(self) -> str:
        rows = [item.told() for item in self.items]
        if self.left:
            rows += ["Not in the file, left as it is:", *(f"  . {each}" for each in self.left)]
        return "\n".join([*rows, *(f"Note: {each}" for each in self.notes), self._count()])

    def summary(self) -> str:
        return ", ".join(item.summary() for item in self.items if item.is_change)

    def _count(self) -> str:
        if not self.is_change:
            return "Nothing to change."
        created = sum(item.is_new for item in self.items)
        changed = sum(item.is_change for item in self.items) - created
        return f"{created} created, {changed} changed, {len(self.items) - created - changed} unchanged."


def shown(value: Any) -> str:
    if value in (None, ""):
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return clipped(text, 200)

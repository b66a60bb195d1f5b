"""Rows of one kind by their number, and by what they belong to, so that no question scans everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from typing import Any

from connectors.sandbox.shopify.values import gid
from connectors.sandbox.wire import Json


class Table:
    """``columns`` are looked up by ``where``; they change through ``change`` only."""

    def __init__(self, kind: str, first: int, *columns: str) -> None:
        self.kind = kind
        self.rows: dict[int, Json] = {}
        self._numbers = count(first)
        self._by: dict[str, dict[Any, dict[int, Json]]] = {each: defaultdict(dict) for each in columns}

    def add(self, row: Json) -> Json:
        """Under its own id, or the next free one. A row that has that id already is replaced."""
        row["id"] = row.get("id") or next(each for each in self._numbers if each not in self.rows)
        row["admin_graphql_api_id"] = gid(self.kind, row["id"])
        self.remove(row["id"])
        self.rows[row["id"]] = row
        for column, found in self._by.items():
            found[row.get(column)][row["id"]] = row
        return row

    def remove(self, key: int) -> Json | None:
        row = self.rows.pop(key, None)
        if row is not None:
            for column, found in self._by.items():
                found[row.get(column)].pop(key, None)
        return row

    def change(self, row: Json, values: Json) -> None:
        for column in self._by.keys() & values.keys():
            self._by[column][row.get(column)].pop(row["id"], None)
            self._by[column][values[column]][row["id"]] = row
        row.update(values)

    def where(self, column: str, value: Any) -> list[Json]:
        """Oldest row first."""
        return list(self._by[column].get(value, {}).values())

    def get(self, key: int | None) -> Json | None:
        return self.rows.get(key) if key is not None else None

    def __iter__(self) -> Iterator[Json]:
        return iter(list(self.rows.values()))

    def __len__(self) -> int:
        return len(self.rows)

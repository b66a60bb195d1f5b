"""Lists: heavy columns stay away, and long ones page by "older" and "newer" without counting."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

OLDER, NEWER = "older", "newer"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = re.compile(r"(\d{0,17})~(\d{1,18})", re.ASCII)  # microseconds since the epoch, key


class ConsoleChangeList(ChangeList):
    is_keyset = False
    model_admin: Any  # a ConsoleAdmin

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        return super().get_queryset(request, exclude_parameters).defer(*self.model_admin.list_defer)


class KeysetChangeList(ConsoleChangeList):
    """Newest first by the page's ``keyset_field``, then by key, so that equal moments are told apart."""

    is_keyset = True
    older_url = newer_url = newest_url = ""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in (OLDER, NEWER)}

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """A place belongs to one filtered list; another filter begins at its newest row."""
        return super().get_query_string(new_params, [*(remove or []), OLDER, NEWER])

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return list(dict.fromkeys([f"-{self._field}", "-pk"]))

    def get_results(self, request: HttpRequest) -> None:
        older, newer = self.params.pop(OLDER, ""), self.params.pop(NEWER, "")
        rows = list(self._in_parts(request, self._rows(older, newer)))
        is_more = len(rows) > self.list_per_page
        rows = rows[: self.list_per_page]
        if newer:
            rows.reverse()
        if rows and (is_more or newer):
            self.older_url = self.get_query_string({OLDER: self._place(rows[-1])})
        if rows and ((older and not newer) or (newer and is_more)):
            self.newer_url = self.get_query_string({NEWER: self._place(rows[0])})
        if older or newer:
            self.newest_url = self.get_query_string()
        self.result_list = rows
        self.result_count = len(rows)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = bool(rows)
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(rows, self.list_per_page)

    def _rows(self, older: str, newer: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.queryset
        if newer:
            return rows.filter(self._beyond(newer, "gt")).reverse()
        return rows.filter(self._beyond(older, "lt")) if older else rows

    def _in_parts(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Of several clients: the first of each, which an index tells. All of theirs would have to be sorted,
        or those of everybody else passed over."""
        count, path = self.list_per_page + 1, self.model_admin.store_path
        clients = self.model_admin.parts(request)
        if len(clients) == 1:
            rows = rows.filter(**{path: clients[0]})
        elif clients:
            parts = [rows.filter(**{path: pk}).values("pk")[:count] for pk in clients]
            # SQLite takes no limit directly inside a union.
            wrapped = [self.model._default_manager.filter(pk__in=part).values("pk") for part in parts]
            rows = rows.filter(pk__in=wrapped[0].union(*wrapped[1:], all=True))
        return rows[:count]

    def _beyond(self, place: str, side: str) -> Q:
        """Rows after a place. The first half alone is what an index can start from."""
        found = PLACE.fullmatch(place)
        if not found or bool(found[1]) == (self._field == "pk"):
            raise IncorrectLookupParameters(f"“{place}” is no place in this list.")
        further = Q(**{f"pk__{side}": int(found[2])})
        if not found[1]:
            return further
        at = EPOCH + timedelta(microseconds=int(found[1]))
        return Q(**{f"{self._field}__{side}e": at}) & (Q(**{f"{self._field}__{side}": at}) | further)

    def _place(self, row: Model) -> str:
        if self._field == "pk":
            return f"~{row.pk}"
        return f"{(getattr(row, self._field) - EPOCH) // timedelta(microseconds=1)}~{row.pk}"

    @property
    def _field(self) -> str:
        return str(self.model_admin.keyset_field)

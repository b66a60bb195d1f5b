"""Filters of lists that cost no query over the rows: fixed choices, and the clients one may see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from orchestrator.admin import scope


class DefaultFilter(admin.SimpleListFilter):
    """Opens on its first option; "All" comes last."""

    options: ClassVar[dict[str, str]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*self.options.items(), ("all", "All")]

    def value(self) -> str:
        given = super().value()
        return given if given in {*self.options, "all"} else next(iter(self.options))

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({str(self.parameter_name): value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value == "all" else queryset.filter(**self.conditions(value))

    def conditions(self, value: str) -> dict[str, object]:
        """What a chosen option asks of the rows."""
        raise NotImplementedError


class ClientFilter(admin.SimpleListFilter):
    """The clients that this person may see; left out when there is only one."""

    title = "client"
    parameter_name = "client"
    path = "store"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(client.pk), client.name) for client in scope.clients(request)]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen is None:
            return queryset
        known = {value for value, _ in self.lookup_choices}
        return queryset.filter(**{f"{self.path}_id": chosen}) if chosen in known else queryset.none()


class ThroughConnection(ClientFilter):
    path = "connection__store"


class RangeFilter(admin.SimpleListFilter):
    """The last hour, day, week or month of an indexed time."""

    title = "time"
    parameter_name = "last"
    field = "at"
    ranges: ClassVar[dict[str, tuple[str, timedelta]]] = {
        "1h": ("Last hour", timedelta(hours=1)),
        "24h": ("Last 24 hours", timedelta(hours=24)),
        "7d": ("Last 7 days", timedelta(days=7)),
        "30d": ("Last 30 days", timedelta(days=30)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self.ranges.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in self.ranges:
            return queryset
        return queryset.filter(**{f"{self.field}__gte": timezone.now() - self.ranges[chosen][1]})

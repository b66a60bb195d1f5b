"""Which rows a member of staff may see: those of the clients they are given."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest

from connectors.models import Store
from orchestrator.models import Attention

Row = TypeVar("Row", bound=Model)


def limit(rows: QuerySet[Row], path: str, user: Any) -> QuerySet[Row]:
    """``path`` leads from a row to its client. Rows of no client belong to administrators alone."""
    if user.is_superuser:
        return rows
    return rows.filter(**{f"{path}__in": Store.objects.visible_to(user)})


class Client(NamedTuple):
    pk: int
    name: str
    attention: int  # open alarms


def clients(request: HttpRequest) -> list[Client]:
    """The clients this person may see, asked once for each page."""
    known: list[Client] | None = getattr(request, "visible_clients", None)
    if known is None:
        alarms = Count("attention", filter=Q(attention__cleared_at=None))
        rows = Store.objects.visible_to(request.user).annotate(alarms=alarms).order_by("name", "id")
        known = [Client(*row) for row in rows.values_list("pk", "name", "alarms")]
        request.visible_clients = known  # type: ignore[attr-defined]
    return known


def open_alarms(request: HttpRequest) -> int:
    """Those of no client too, for who sees everything."""
    if request.user.is_superuser:
        return Attention.objects.open().count()
    return sum(client.attention for client in clients(request))

"""Which rows a member of staff may see: those of the clients they are given."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from connectors.models import ADMINISTER, Store
from orchestrator.models import Attention
from orchestrator.models.attention import unheeded

Row = TypeVar("Row", bound=Model)


def is_administrator(user: Any) -> bool:
    """The role, or a superuser."""
    return bool(user.has_perm(ADMINISTER))


def may_see(user: Any, model: type[Model]) -> bool:
    return bool(user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"))


def limit(rows: QuerySet[Row], path: str, user: Any) -> QuerySet[Row]:
    """``path`` leads from a row to its client. Rows of no client belong to administrators alone."""
    if is_administrator(user):
        return rows
    return rows.filter(**{f"{path}__in": Store.objects.visible_to(user)})


class Client(NamedTuple):
    pk: int
    name: str
    attention: int  # alarms that nobody has heeded


def clients(request: HttpRequest) -> list[Client]:
    """The clients this person may see, asked once for each page."""
    known: list[Client] | None = getattr(request, "visible_clients", None)
    if known is None:
        alarms = Count("attention", filter=unheeded(timezone.now(), "attention__"))
        rows = Store.objects.visible_to(request.user).annotate(alarms=alarms).order_by("name", "id")
        known = [Client(*row) for row in rows.values_list("pk", "name", "alarms")]
        request.visible_clients = known  # type: ignore[attr-defined]
    return known


def unheeded_alarms(request: HttpRequest) -> int:
    """Those of no client too, for who sees everything."""
    if is_administrator(request.user):
        return Attention.objects.unheeded(timezone.now()).count()
    return sum(client.attention for client in clients(request))

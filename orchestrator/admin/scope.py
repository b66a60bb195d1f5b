"""Which rows a member of staff may see: those of the clients they are given."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from connectors.models import Store

Row = TypeVar("Row", bound=Model)


def limit(rows: QuerySet[Row], path: str, user: Any) -> QuerySet[Row]:
    """``path`` leads from a row to its client. Rows of no client belong to administrators alone."""
    if user.is_superuser:
        return rows
    return rows.filter(**{f"{path}__in": Store.objects.visible_to(user)})

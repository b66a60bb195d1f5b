"""Tables with two sides: what is so, and what would be if the rules in shadow were live."""

from __future__ import annotations

from typing import TypeVar

from django.db import models

from connectors import shadow

Row = TypeVar("Row", bound=models.Model)


class Manager(models.Manager[Row]):
    """Rows of the side that is worked on; a table with it has ``mark()`` as its ``is_shadow``.

    Who erases, purges or joins people takes the table's ``_base_manager``, which shows both sides.
    """

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(is_shadow=shadow.is_on())

    def seen(self) -> models.QuerySet[Row]:
        """What a rule goes by: those in shadow live among what is so."""
        rows = super().get_queryset()
        return rows if shadow.is_on() else rows.filter(is_shadow=False)


def mark() -> models.BooleanField[bool, bool]:
    """Set by where the row is made."""
    return models.BooleanField(default=shadow.is_on, editable=False)

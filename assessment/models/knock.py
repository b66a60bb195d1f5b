"""How often one address came within an hour: what the throttle counts."""

from __future__ import annotations

from django.db import models


class Knock(models.Model):
    """``visitor`` is a keyed hash: addresses themselves are not stored."""

    visitor = models.CharField(max_length=32)
    kind = models.CharField(max_length=10)
    hour = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visitor", "kind", "hour"], name="knock_once_per_hour")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.hour:%Y-%m-%d %H}h"

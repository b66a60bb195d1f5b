"""Signs of life that went through the queue."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """The last time a part of the system was seen working."""

    name = models.CharField(max_length=60, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

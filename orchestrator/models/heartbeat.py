"""Signs of life: those that went through the queue, and those of each process."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """The last time a part of the system was seen working."""

    name = models.CharField(max_length=60, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Process(models.Model):
    """One process of ours, as it tells of itself. Its timer proves that it lives, not that it gets work."""

    part = models.CharField(max_length=10)  # web, worker, beat, work
    host = models.CharField(max_length=100)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    wake_failures = models.PositiveIntegerField(default=0)  # wake-ups that the broker did not take from it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "pid", "started_at"], name="process_once_per_start")
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.host}:{self.pid}"

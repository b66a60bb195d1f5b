"""How far the history of a connection was read; the row is all there is to know, so any worker goes on."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from connectors.models import Connection


class ImportQuerySet(models.QuerySet["Import"]):
    def unfinished(self) -> ImportQuerySet:
        return self.filter(state__in=UNFINISHED)

    def ended(self) -> ImportQuerySet:
        return self.exclude(state__in=UNFINISHED)

    def due(self, now: datetime) -> ImportQuerySet:
        return self.unfinished().filter(due_at__lte=now, connection__is_enabled=True)

    def free(self, real: datetime) -> ImportQuerySet:
        """Nobody is at it, on the real clock."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=real))


class Import(models.Model):
    """The history of one kind of object at one connection."""

    class State(models.TextChoices):
        WANTED = "wanted", "Waiting to begin"
        RUNNING = "running", "Being prepared"
        READING = "reading", "Being read"
        DONE = "done", "Read"
        FAILED = "failed", "Could not be read"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="imports")
    kind = models.CharField(max_length=20)  # as in snapshots: order, customer, product
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED)
    position = models.TextField(blank=True)  # the vendor's own word for where to go on, "" = the beginning
    read = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)  # about how many there are
    asked_at = models.DateTimeField()  # what changed later is news, not history
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # that failed
    told = models.CharField(max_length=500, blank=True)  # what stood in the way last
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind"], name="import_one_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.connection_id}:{self.kind}"


UNFINISHED = (Import.State.WANTED, Import.State.RUNNING, Import.State.READING)

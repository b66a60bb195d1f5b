"""A large export of the run log, written in the background: what was asked for, how far it is, its parts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from connectors.models import Store

KEPT = timedelta(hours=48)  # once it is done


class ExportJobQuerySet(models.QuerySet["ExportJob"]):
    def due(self, now: datetime) -> ExportJobQuerySet:
        """To be written, or over its time."""
        return self.filter(Q(done_at=None) | Q(done_at__lte=now - KEPT))


class ExportJob(models.Model):
    """It goes on behind the last line that was written, whoever wrote it."""

    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    asked_at = models.DateTimeField()
    told = models.CharField(max_length=300)  # the filters, in words
    conditions = models.JSONField()  # the filters, as ``exporting.chosen`` takes them
    store = models.ForeignKey(Store, models.CASCADE, related_name="exports", null=True)  # where it is of one
    stores = models.JSONField(null=True)  # whom the person was given; null: everybody
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField()  # later lines do not belong to it, or it would never end
    total = models.PositiveBigIntegerField(null=True, blank=True)  # counted by the worker that begins it
    last_at = models.DateTimeField(null=True, blank=True)  # of the last line that was written …
    last_id = models.BigIntegerField(default=0)  # … and its key
    parts_count = models.PositiveIntegerField(default=0)
    lines = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)  # bytes, packed
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        verbose_name = "export"

    def __str__(self) -> str:
        return f"Export {self.pk}"

    @property
    def percent(self) -> int:
        """How much is written; less than all until it is closed."""
        if self.done_at:
            return 100
        return min(99, 100 * self.lines // self.total) if self.total else 0

    @property
    def expires_at(self) -> datetime | None:
        return self.done_at + KEPT if self.done_at else None


class ExportPart(models.Model):
    """Some lines, packed on their own: one after the other they are one gzip file (RFC 1952)."""

    job = models.ForeignKey(ExportJob, models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="exportpart_once_per_number")]

    def __str__(self) -> str:
        return f"Part {self.number} of {self.job_id}"

"""What happened. Written once, never changed."""

from __future__ import annotations

from django.db import models

from connectors.models import Store

CONFIRMED = ("hold_applied", "campaign_reverted")  # codes: what a vendor showed of a hold


class RunLogEntry(models.Model):
    """One line of the run log. Its sentence is rendered from ``code`` and ``details``."""

    class Kind(models.TextChoices):
        EVENT = "event", "Event"
        DECISION = "decision", "Decision"
        ACTION = "action", "Action"
        SUPPRESSION = "suppression", "Suppression"
        CONNECTION = "connection", "Connection"
        STAFF = "staff", "Staff"
        SYSTEM = "system", "System"

    class Outcome(models.TextChoices):
        OK = "ok", "Done"
        SKIPPED = "skipped", "Skipped"
        WOULD = "would", "Would have"
        FAILED = "failed", "Failed"
        RETRYING = "retrying", "Retrying"
        HELD = "held", "Held"
        WAITING = "waiting", "Waiting"

    at = models.DateTimeField()
    store = models.ForeignKey(
        Store,
        models.CASCADE,
        related_name="run_log",
        null=True,
        db_index=False,  # runlog_by_store serves it
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    code = models.CharField(max_length=40)
    rule = models.CharField(max_length=120, blank=True)
    rule_version = models.PositiveIntegerField(null=True)
    vendor = models.CharField(max_length=30, blank=True)
    subject = models.CharField(max_length=254, blank=True)
    reference = models.CharField(max_length=150, blank=True)
    trace = models.CharField(max_length=32, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = "run log entry"
        verbose_name_plural = "run log"
        indexes = [
            models.Index(fields=["at", "id"], name="runlog_by_time"),
            models.Index(fields=["store", "at", "id"], name="runlog_by_store"),
            models.Index(fields=["outcome", "at", "id"], name="runlog_by_outcome"),
            models.Index(fields=["kind", "at", "id"], name="runlog_by_kind"),
            # With the store, or a database without statistics would walk through the whole log of a store.
            models.Index(fields=["subject", "store"], name="runlog_of_subject"),
            models.Index(fields=["trace", "store"], name="runlog_of_trace"),
            # They prove that a rule works. Without it PostgreSQL walks through the log where there are few.
            models.Index(
                fields=["store", "trace"], condition=models.Q(code__in=CONFIRMED), name="runlog_of_confirmed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.pk}"

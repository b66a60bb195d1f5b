"""A rule played on what was recorded: what was asked for, how far it is, and what came out."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from connectors.models import Store
from rules.models import Rule


class BacktestQuerySet(models.QuerySet["Backtest"]):
    def unfinished(self) -> BacktestQuerySet:
        return self.filter(finished_at=None)

    def free(self, real: datetime) -> BacktestQuerySet:
        """Nobody is at it, on the real clock."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=real))


class Backtest(models.Model):
    """One form of a rule, or two to compare, on one stretch of a client's events. It goes after a month."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to begin"
        RUNNING = "running", "Under way"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Ended early"

    store = models.ForeignKey(Store, models.CASCADE, related_name="backtests")
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="backtests")
    label = models.CharField(max_length=60)  # which form of the rule, such as "version 3"
    params = models.JSONField()
    other_label = models.CharField(max_length=60, blank=True)  # what it is compared with
    other_params = models.JSONField(null=True, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    asked_by = models.CharField(max_length=150)  # a name: people may leave
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    is_cancelled = models.BooleanField(default=False)  # somebody wants it to end; its worker looks
    heard = models.PositiveIntegerField(default=0)  # events played, of both forms
    total = models.PositiveIntegerField(null=True, blank=True)
    reached_at = models.DateTimeField(null=True, blank=True)  # the time on the virtual clock
    known_since = models.DateTimeField(null=True, blank=True)  # when the first stored event came in
    result = models.JSONField(default=dict, blank=True)  # figures of each form; people are in its lines
    told = models.CharField(max_length=500, blank=True)  # why there is no result
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    objects = BacktestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="backtest_unfinished", condition=Q(finished_at=None)),
            models.Index(fields=["expires_at"], name="backtest_over"),
        ]

    def __str__(self) -> str:
        return f"Backtest {self.pk}"

    @property
    def percent(self) -> int:
        return min(99, 100 * self.heard // self.total) if self.total else 0


class BacktestLine(models.Model):
    """One thing that would have been done for somebody, or in which two forms differ."""

    class Part(models.TextChoices):
        WHO = "who", "Who, and what"
        COLLISION = "collision", "Met by other rules"
        ONLY_FIRST = "only_first", "Only with the first"
        ONLY_SECOND = "only_second", "Only with the second"
        DIFFERS = "differs", "With both, but otherwise"

    backtest = models.ForeignKey(Backtest, models.CASCADE, related_name="lines", db_index=False)
    part = models.CharField(max_length=12, choices=Part.choices)
    at = models.DateTimeField()
    subject = models.CharField(max_length=254, blank=True)
    reference = models.CharField(max_length=150, blank=True)
    told = models.CharField(max_length=500)
    branch = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["backtest", "part", "id"], name="backtestline_of_part"),
            models.Index(fields=["subject", "backtest"], name="backtestline_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.backtest_id} {self.part} {self.pk}"

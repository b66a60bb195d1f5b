"""What is owed to the vendors: every effect is stored before it is tried."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from connectors.models import Connection, Store
from rules.models import Rule


class OutboxActionQuerySet(models.QuerySet["OutboxAction"]):
    def owed(self) -> OutboxActionQuerySet:
        """Neither done nor given up; however many are, an index holds these alone."""
        return self.filter(settled_at__isnull=True)


class OutboxAction(models.Model):
    """One effect. Its ``key`` makes it happen once, however often it is planned."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CLAIMED = "claimed", "Being sent"
        ACCEPTED = "accepted", "Taken by the vendor, not confirmed yet"
        IN_DOUBT = "in_doubt", "In doubt"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Skipped"
        FAILED = "failed", "Failed"

    # Each index costs a write; those below serve what is asked.
    store = models.ForeignKey(Store, models.CASCADE, related_name="outbox", db_index=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="outbox", db_index=False)
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="outbox", null=True, db_index=False)
    rule_version = models.PositiveIntegerField(null=True)
    key = models.CharField(max_length=200)
    action = models.CharField(max_length=40)
    arguments = models.TextField()  # the action, JSON
    change = models.TextField(blank=True)  # the change that asked for it, JSON
    effect_key = models.CharField(max_length=100, blank=True)  # its name within the rule
    is_state = models.BooleanField(default=False)  # how something shall be: never too late, never asked again
    is_rechecked = models.BooleanField(default=False)  # the rule is asked again when it is due
    subject = models.CharField(max_length=254, blank=True)
    reference = models.CharField(max_length=150, blank=True)
    setting = models.CharField(max_length=24, blank=True)  # alike where a newer one replaces an older
    target = models.CharField(max_length=150, blank=True)  # whose snapshots will show what it did
    trace = models.CharField(max_length=32)
    planned_for = models.DateTimeField()  # when it is meant to happen; due_at moves with retries
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    was_in_doubt = models.BooleanField(default=False)
    receipt = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    came_back_at = models.DateTimeField(null=True, blank=True)  # when a snapshot showed what it did

    objects = OutboxActionQuerySet.as_manager()

    class Meta:
        verbose_name = "action"
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="outboxaction_once_per_key")]
        indexes = [
            # SQLite uses such an index only where it need not compare lists: so not "state in (…)".
            models.Index(
                fields=["connection", "due_at", "id"],
                name="outboxaction_owed",
                condition=Q(settled_at__isnull=True),
            ),
            models.Index(
                fields=["connection", "planned_for", "id"],
                name="outboxaction_in_order",
                condition=Q(settled_at__isnull=True),
            ),
            models.Index(
                fields=["connection", "setting", "planned_for", "id"],
                name="outboxaction_by_setting",
                condition=~Q(setting=""),
            ),
            models.Index(
                fields=["id"], name="outboxaction_owed_newest", condition=Q(settled_at__isnull=True)
            ),
            models.Index(fields=["store", "id"], name="outboxaction_by_store"),
            models.Index(fields=["id"], name="outboxaction_failed", condition=Q(state="failed")),
            models.Index(fields=["claim_token"], name="outboxaction_claimed"),
            models.Index(fields=["subject", "store", "id"], name="outboxaction_of_subject"),
            models.Index(
                fields=["store", "target"],
                name="outboxaction_to_come_back",
                condition=Q(came_back_at=None) & ~Q(target=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"

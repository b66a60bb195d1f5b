"""What is owed to the vendors: every effect is stored before it is tried."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from connectors.models import Connection, Store
from orchestrator.models import sided
from orchestrator.models.approval import Approval
from rules.models import Rule


class OutboxActionQuerySet(models.QuerySet["OutboxAction"]):
    def owed(self) -> OutboxActionQuerySet:
        """Neither done nor given up; however many are, an index holds these alone."""
        return self.filter(settled_at__isnull=True)

    def reaching(self, rule_ids: Collection[int]) -> OutboxActionQuerySet:
        """What these rules did, or are going to do, for a customer."""
        over = [OutboxAction.State.PARKED, OutboxAction.State.SKIPPED, OutboxAction.State.FAILED]
        rows = self.filter(~Q(subject=""), rule__in=rule_ids, is_state=False)
        return rows.exclude(state__in=over)


class OutboxAction(models.Model):
    """One effect. Its ``key`` makes it happen once, however often it is planned."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        PARKED = "parked", "Waits for a person's yes"
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
    approval = models.ForeignKey(
        Approval, models.SET_NULL, related_name="rows", null=True, db_index=False
    )  # the question it waited for, or waits for while it is parked
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
    is_shadow = sided.mark()

    objects = sided.Manager.from_queryset(OutboxActionQuerySet)()

    class Meta:
        verbose_name = "action"
        constraints = [
            models.UniqueConstraint(fields=["store", "key", "is_shadow"], name="outboxaction_once_per_key")
        ]
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
            models.Index(
                fields=["approval", "id"],
                name="outboxaction_of_approval",
                condition=Q(approval__isnull=False),
            ),
            # Whom a rule reached of late, and when it will: what its limits count.
            models.Index(
                fields=["rule", "created_at", "subject"],
                name="outboxaction_reached",
                condition=Q(is_state=False) & ~Q(subject=""),
            ),
            models.Index(
                fields=["rule", "planned_for", "subject"],
                name="outboxaction_to_reach",
                condition=Q(is_state=False) & ~Q(subject=""),
            ),
            models.Index(fields=["subject", "store", "id"], name="outboxaction_of_subject"),
            models.Index(
                fields=["store", "target"],
                name="outboxaction_to_come_back",
                condition=Q(came_back_at=None) & ~Q(target=""),
            ),
            models.Index(
                fields=["due_at"],
                name="outboxaction_shadow_owed",
                condition=Q(settled_at__isnull=True, is_shadow=True),
            ),
            models.Index(fields=["rule"], name="outboxaction_in_shadow", condition=Q(is_shadow=True)),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"

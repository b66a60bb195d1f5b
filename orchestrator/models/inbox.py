"""What was heard: raw deliveries, and the events that were read from them."""

from __future__ import annotations

from django.db import models

from connectors.models import Connection, Store
from orchestrator.models.packed import PackedField


class Delivery(models.Model):
    """A webhook body as it came, stored before it was answered."""

    class State(models.TextChoices):
        NEW = "new", "To be read"
        READ = "read", "Read"
        QUARANTINED = "quarantined", "Needs attention"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="deliveries", db_index=False)
    received_at = models.DateTimeField()
    headers = models.JSONField(default=dict)  # only those that parsing needs, never a secret
    body = PackedField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    error = models.CharField(max_length=500, blank=True)
    trace = models.CharField(max_length=32)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["connection", "due_at", "id"], name="delivery_unread", condition=models.Q(state="new")
            ),
            models.Index(fields=["connection", "id"], name="delivery_of_connection"),
            models.Index(
                fields=["id"],
                name="delivery_quarantined",
                condition=models.Q(state="quarantined"),
            ),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"


class InboxEvent(models.Model):
    """A snapshot in the inbox. ``key`` is the same whether a webhook or a poll brought it."""

    class State(models.TextChoices):
        NEW = "new", "To be decided"
        DONE = "done", "Decided"
        REREAD = "reread", "To be read again"
        ASIDE = "aside", "Needs attention"

    class Origin(models.TextChoices):
        WEBHOOK = "webhook", "Webhook"
        POLL = "poll", "Poll"
        IMPORT = "import", "Import"
        REREAD = "reread", "Read again"

    store = models.ForeignKey(Store, models.CASCADE, related_name="events", db_index=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="events", db_index=False)
    key = models.CharField(max_length=200)  # vendor:kind:id:source_at:hash
    kind = models.CharField(max_length=20)
    is_urgent = models.BooleanField(default=False)  # decided before what is not
    object_id = models.CharField(max_length=100)
    source_at = models.DateTimeField()
    origin = models.CharField(max_length=10, choices=Origin.choices)
    body = PackedField()  # the snapshot, JSON
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    trace = models.CharField(max_length=32)
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "key"], name="inboxevent_heard_once"),
        ]
        indexes = [
            models.Index(
                fields=["store", "source_at", "id"],
                name="inboxevent_to_decide",
                condition=models.Q(state="new"),
            ),
            models.Index(
                fields=["store", "source_at", "id"],
                name="inboxevent_urgent",
                condition=models.Q(state="new", is_urgent=True),
            ),
            models.Index(
                fields=["connection", "id"], name="inboxevent_to_reread", condition=models.Q(state="reread")
            ),
            models.Index(fields=["store", "kind", "object_id", "source_at"], name="inboxevent_by_object"),
            models.Index(fields=["store", "id"], name="inboxevent_by_store"),
            models.Index(fields=["id"], name="inboxevent_aside", condition=models.Q(state="aside")),
        ]

    def __str__(self) -> str:
        return self.key

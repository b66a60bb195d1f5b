"""What a rule needs in the marketing tool, and how far that is there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from connectors.models import Connection
from rules.models import Rule


class SetUpItem(models.Model):
    """One event with its message, or one segment. It is made when staff ask, and looked at ever after."""

    class State(models.TextChoices):
        UNSEEN = "unseen", "Not looked at yet"
        MAKING = "making", "Being set up"
        DONE = "done", "Done"
        TO_DO = "to_do", "To do"
        MISSING = "missing", "Not set up"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Cannot be seen"

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="set_up_items", db_index=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="set_up_items")
    key = models.CharField(max_length=300)  # what it is, as the recipe says it
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNSEEN)
    findings = models.JSONField(default=list)  # what was looked at, each with what people have to do
    trouble = models.CharField(max_length=500, blank=True)  # why it could not be made or seen
    is_asked = models.BooleanField(default=False)  # what is missing is to be made
    due_at = models.DateTimeField(null=True, blank=True)  # when it is made or looked at next
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "connection", "key"], name="set_up_item_once_per_rule")
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="set_up_item_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.key}"

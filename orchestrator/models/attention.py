"""What a person has to look at: open until its cause is gone."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from connectors.models import Connection, Store


def unheeded(now: datetime, path: str = "") -> Q:
    """Open, and nobody has said yet that they know: what pages call attention to."""
    snooze_is_over = Q(**{f"{path}snoozed_until__lte": now})
    return Q(**{f"{path}cleared_at": None}) & (Q(**{f"{path}acknowledged_at": None}) | snooze_is_over)


def heeded(now: datetime) -> Q:
    """Open still, and somebody knows: acknowledged, or snoozed for now."""
    return Q(cleared_at=None) & ~unheeded(now)


class AttentionQuerySet(models.QuerySet["Attention"]):
    def open(self) -> AttentionQuerySet:
        return self.filter(cleared_at=None)

    def unheeded(self, now: datetime) -> AttentionQuerySet:
        return self.filter(unheeded(now))


class Attention(models.Model):
    """One thing that needs a person: what, since when, where, and whether the agency's chat was told."""

    class Post(models.TextChoices):
        NONE = "none", "Not to be posted"
        WAITING = "waiting", "To be posted"
        SENDING = "sending", "Being posted"
        POSTED = "posted", "Posted"
        UNKNOWN = "unknown", "May have been posted"
        FAILED = "failed", "Refused by the chat"
        SKIPPED = "skipped", "Over before it was posted"

    store = models.ForeignKey(Store, models.CASCADE, related_name="attention", null=True)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="attention", null=True)
    code = models.CharField(max_length=40)
    reference = models.CharField(max_length=150, blank=True)
    sentence = models.CharField(max_length=500)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()  # the last time it was still so
    cleared_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)  # a name: people may leave
    snoozed_until = models.DateTimeField(null=True, blank=True)  # acknowledged for so long only
    post = models.CharField(
        max_length=10, choices=Post.choices, default=Post.NONE, verbose_name="agency's chat"
    )
    post_at = models.DateTimeField(
        null=True, blank=True
    )  # due; while it is sent, until when; then when it was

    objects = AttentionQuerySet.as_manager()

    class Meta:
        verbose_name = "attention"
        verbose_name_plural = "needs attention"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "code", "reference"],
                condition=Q(cleared_at=None),
                name="attention_open_once_per_cause",
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until=None) | Q(acknowledged_at__isnull=False),
                name="attention_is_snoozed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["since"], name="attention_open", condition=Q(cleared_at=None)),
            models.Index(
                fields=["post_at", "id"],
                name="attention_to_post",
                condition=Q(post__in=["waiting", "sending"]),
            ),
            models.Index(fields=["post", "post_at"], name="attention_posted"),
        ]

    def __str__(self) -> str:
        return self.sentence

    def is_heeded(self, now: datetime) -> bool:
        """As ``heeded`` asks the table."""
        if self.cleared_at or not self.acknowledged_at:
            return False
        return self.snoozed_until is None or self.snoozed_until > now

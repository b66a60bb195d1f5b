"""How a client is set up: what its tools do by themselves, and the weekly look at the run log."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from connectors.models import Store


class Inventory(models.Model):
    """When a client's own flows and rules were read last, and whether somebody waits for it."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="inventory", primary_key=True)
    read_at = models.DateTimeField(null=True, blank=True)
    wanted_at = models.DateTimeField(null=True, blank=True, db_index=True)  # null: nobody waits

    def __str__(self) -> str:
        return f"Inventory of {self.store}"


class Existing(models.Model):
    """A flow or rule that is live in a client's tool. ``double_of`` is our recipe that does the same."""

    class Decision(models.TextChoices):
        OPEN = "", "To be decided"
        OURS = "ours", "Ours takes over: switched off there"
        THEIRS = "theirs", "Theirs stays: ours is not switched on"
        BOTH = "both", "Both stay: they do not overlap"

    store = models.ForeignKey(Store, models.CASCADE, related_name="existing")
    vendor = models.CharField(max_length=30)
    kind = models.CharField(max_length=20)  # flow | rule
    object_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    trigger = models.CharField(max_length=200, blank=True)
    double_of = models.CharField(max_length=40, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, default=Decision.OPEN)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "existing automation"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "vendor", "kind", "object_id"], name="existing_once_per_object"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Somebody has to say which of the two runs."""
        return bool(self.double_of) and not self.decision


class WeeklyReview(models.Model):
    """Somebody read a client's run log for one week and said so. ``week`` is its Monday."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="reviews")
    week = models.DateField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    signed_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "week"], name="weeklyreview_once_per_week")]

    def __str__(self) -> str:
        return f"{self.store}, week of {self.week}"

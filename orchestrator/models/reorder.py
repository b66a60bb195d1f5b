"""What should be ordered again: drafts of our own, for people to work with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from connectors.models import Store
from orchestrator.models import sided
from rules.models import Rule


class ReorderDraft(models.Model):
    """One fall of a product's stock below a rule's line. While it is open, the fall is told already."""

    class State(models.TextChoices):
        GOOD = "good", "Good"
        ORDER_NOW = "order_now", "Order now"
        ON_ORDER = "on_order", "On order"
        CRITICAL = "critical", "Critical"

    store = models.ForeignKey(Store, models.CASCADE, related_name="reorder_drafts")
    rule = models.ForeignKey(Rule, models.SET_NULL, related_name="reorder_drafts", null=True, blank=True)
    reference = models.CharField(max_length=150, verbose_name="product")  # vendor:product:id
    title = models.CharField(max_length=200)
    variant = models.CharField(max_length=300, blank=True, verbose_name="variants")
    sku = models.CharField(max_length=100, blank=True, verbose_name="SKU")
    supplier = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField(default=0, help_text="How many to order; 0 is not decided yet.")
    stock = models.BigIntegerField(help_text="When it fell below the threshold.")
    threshold = models.PositiveIntegerField()
    reckoning = models.CharField(max_length=300, blank=True)  # how the threshold came about, in words
    state = models.CharField(max_length=10, choices=State.choices)
    source_at = models.DateTimeField()  # the vendor's time of the change it was made for
    opened_at = models.DateTimeField()
    recovered_at = models.DateTimeField(null=True, blank=True)
    trace = models.CharField(max_length=32)
    is_shadow = sided.mark()

    objects = sided.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "reference", "rule", "is_shadow"],
                condition=Q(recovered_at=None),
                name="reorderdraft_open_once_per_fall",
            )
        ]
        indexes = [
            models.Index(fields=["store", "reference"], name="reorderdraft_by_product"),
            models.Index(fields=["state", "opened_at", "id"], name="reorderdraft_by_state"),
        ]

    def __str__(self) -> str:
        return self.title

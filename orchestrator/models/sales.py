"""What was sold of each product, and on which days there was none: both tell the pace of its sales."""

from __future__ import annotations

from django.db import models

from connectors.models import Store
from orchestrator.models.mirror import Order


class Sale(models.Model):
    """One product of an order that counts: what is left of it after edits and refunds."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="+", db_index=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="sales", db_index=False)
    vendor = models.CharField(max_length=30)
    product_id = models.CharField(max_length=100)
    units = models.PositiveIntegerField()
    placed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "product_id"], name="sale_once_per_order")]
        indexes = [
            models.Index(fields=["store", "vendor", "product_id", "placed_at"], name="sale_of_product"),
            models.Index(fields=["store", "placed_at"], name="sale_of_store"),
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.vendor}:product:{self.product_id}"


class StockDay(models.Model):
    """How a product's stock stood when it was told last on a day (UTC). Only newer stamps change it."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="+", db_index=False)
    vendor = models.CharField(max_length=30)
    product_id = models.CharField(max_length=100)
    day = models.DateField()
    source_at = models.DateTimeField()
    is_out = models.BooleanField()  # nothing left to sell

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "vendor", "product_id", "day"], name="stockday_once_per_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.vendor}:product:{self.product_id} on {self.day}"

"""The discount codes that were made for single people, so that the caps of their rule hold."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from connectors.models import Store
from orchestrator.models import sided
from rules.models import Rule


class IssuedCode(models.Model):
    """One code for one cause. It names nobody: whom it was for stands in the run log."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="issued_codes", db_index=False)
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="issued_codes", db_index=False)
    key = models.CharField(max_length=200)  # of the change it is for: it gets one
    action_key = models.CharField(max_length=200)  # of the effect that makes it
    reference = models.CharField(max_length=150)  # the cart it is for
    code = models.CharField(max_length=100)
    worth = models.CharField(max_length=60)  # 10%, 15.00 USD or free shipping
    currency = models.CharField(max_length=3, blank=True)
    cost = models.DecimalField(max_digits=16, decimal_places=4, default=Decimal())  # the most it takes off
    issued_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_shadow = sided.mark()

    objects = sided.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "key", "is_shadow"], name="issuedcode_once_per_change")
        ]
        indexes = [models.Index(fields=["rule", "issued_at"], name="issuedcode_of_rule")]

    def __str__(self) -> str:
        return self.code

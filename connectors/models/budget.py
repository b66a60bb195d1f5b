"""One account at a vendor as all our processes see it: what is left of its limits, and whether it answers."""

from __future__ import annotations

from django.db import models


class VendorAccount(models.Model):
    """Connections with the same payer share one row, and so one budget and one breaker.

    Both are looked at before each call, so they stand together: one row to read, one to write.
    """

    vendor = models.CharField(max_length=30)
    key = models.CharField(max_length=64, unique=True)  # a fingerprint: tells nothing about the account
    state = models.TextField(default="{}")  # connectors.budget.Account, as JSON
    down_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "vendor account"

    def __str__(self) -> str:
        return f"{self.vendor} {self.key[:8]}"

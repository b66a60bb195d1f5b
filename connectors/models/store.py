"""A client of the agency: one row is one store."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models

ADMINISTER = "connectors.administer_store"  # everything, for every client; superusers have it by themselves
LONGEST_KEPT = 36_500  # days; for ever is 0


def _days(default: int, name: str, told: str) -> models.PositiveIntegerField[int, int]:
    return models.PositiveIntegerField(
        name,
        default=default,
        validators=[MaxValueValidator(LONGEST_KEPT)],
        help_text=f"{told} 0 keeps them for ever.",
    )


class StoreQuerySet(models.QuerySet["Store"]):
    def visible_to(self, user: Any) -> StoreQuerySet:
        """The stores that a member of staff is given; administrators see all."""
        return self if user.has_perm(ADMINISTER) else self.filter(staff=user)


class Store(models.Model):
    """A client. Everything else in the product belongs to exactly one of them."""

    class Platform(models.TextChoices):
        SHOPIFY = "shopify", "Shopify"
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        BIGCOMMERCE = "bigcommerce", "BigCommerce"

    slug = models.SlugField(max_length=60, unique=True, help_text="Short name used in files and commands.")
    name = models.CharField(max_length=120)
    platform = models.CharField(max_length=20, choices=Platform.choices)
    currency = models.CharField(
        max_length=3,
        default="USD",
        validators=[RegexValidator(r"^[A-Z]{3}$", "Use the three capital letters of ISO 4217, such as USD.")],
    )
    timezone = models.CharField(max_length=60, default="UTC", help_text="Such as America/New_York.")
    country = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", "Use the two capital letters of ISO 3166, such as US.")],
    )
    keep_deliveries = _days(30, "days to keep deliveries", "Webhooks as they came, once they were read.")
    keep_events = _days(
        180, "days to keep events", "What was decided on. Trying a rule out on the past needs 90 days."
    )
    keep_run_log = _days(
        400,
        "days to keep the run log",
        "With it go actions that are settled and suppressions that are closed.",
    )
    is_archived = models.BooleanField(
        "archive the run log",
        default=True,
        help_text="Lines of the run log are written to a file before they are deleted.",
    )
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="stores",
        blank=True,
        help_text="Who may see and run this client. Administrators see all clients.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # One worker at a time decides a store's events, in order.
    drain_token = models.CharField(max_length=32, blank=True, editable=False)
    drain_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StoreQuerySet.as_manager()

    class Meta:
        verbose_name = "client"
        verbose_name_plural = "clients"

    def __str__(self) -> str:
        return self.name

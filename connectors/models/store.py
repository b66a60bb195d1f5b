"""A client of the agency: one row is one store."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models


class StoreQuerySet(models.QuerySet["Store"]):
    def visible_to(self, user: Any) -> StoreQuerySet:
        """The stores that a member of staff is given; administrators see all."""
        return self if user.is_superuser else self.filter(staff=user)


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

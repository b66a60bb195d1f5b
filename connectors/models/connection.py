"""A store's account at a vendor, and how far its changes were read."""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping
from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from connectors import registry, vault
from connectors.fields import SecretField
from connectors.models.store import Store
from connectors.types import Transition


def new_token() -> str:
    return random.token_urlsafe(24)


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def active(self) -> ConnectionQuerySet:
        return self.filter(is_enabled=True)

    def poll_due(self, now: datetime) -> ConnectionQuerySet:
        return self.active().filter(Q(next_poll_at=None) | Q(next_poll_at__lte=now))


class Connection(models.Model):
    """Credentials, health and bookkeeping of one account. One per store and vendor."""

    class Health(models.TextChoices):
        UNTESTED = "untested", "Not tested"
        HEALTHY = "healthy", "Healthy"
        WAITING = "waiting", "Waiting for the vendor"
        ATTENTION = "attention", "Needs attention"

    store = models.ForeignKey(Store, models.CASCADE, related_name="connections")
    vendor = models.CharField(max_length=30)  # text: a new vendor is one file
    sealed = models.JSONField(default=dict, editable=False)  # field → encrypted value
    renewed = models.JSONField(default=dict, editable=False)  # what they were exchanged for, encrypted
    renewed_until = models.DateTimeField(null=True, blank=True, editable=False)  # when that ends
    renewal_token = models.CharField(max_length=32, blank=True, editable=False)
    renewal_until = models.DateTimeField(null=True, blank=True, editable=False)
    api_root = models.URLField(
        blank=True,
        verbose_name="API root",
        help_text="Only for tests against the sandbox: stands in for the vendor's own address.",
    )
    token = models.CharField(
        max_length=64,
        unique=True,
        default=new_token,
        verbose_name="webhook token",
        help_text="The last part of the address that the vendor posts to.",
    )
    poll_every = models.PositiveIntegerField(default=60, help_text="Seconds between two polls.")
    share = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Percent of the vendor's limits that we use, so that other programs of the same account "
        "have room. Empty: the usual part.",
    )
    options = models.JSONField(default=dict, blank=True)  # what staff told about the account, by its form
    is_enabled = models.BooleanField(default=True, verbose_name="enabled")
    health = models.CharField(max_length=10, choices=Health.choices, default=Health.UNTESTED)
    finding = models.CharField(max_length=500, blank=True, help_text="What the last test or call found.")
    error_code = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    healthy_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    account = models.JSONField(
        default=dict, blank=True
    )  # name, timezone, currency, missing_scopes, account_id
    resources = models.JSONField(default=dict, blank=True)  # vendor ids of things we made there
    next_poll_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)  # last verified webhook
    webhooks_checked_at = models.DateTimeField(null=True, blank=True)
    webhook_topics = models.JSONField(default=list, blank=True, editable=False)  # active when last checked
    next_sweep_at = models.DateTimeField(null=True, blank=True)  # when ours is next compared with theirs
    next_send_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )  # where effects keep a distance
    poll_token = models.CharField(max_length=32, blank=True, editable=False)
    poll_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )  # when a secret was last replaced; null: it is the first one

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "vendor"],
                name="connection_one_per_vendor",
                violation_error_message="This client already has a connection to that vendor.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.store} – {self.label}"

    def seal(self, credentials: Mapping[str, str]) -> None:
        """Encrypt these values; values that are not named here stay as they are."""
        sealed = dict(self.sealed)
        for field, value in credentials.items():
            sealed[field] = vault.seal(value, self._place(field))
        self.sealed = sealed

    def replace(self, credentials: Mapping[str, str], now: datetime) -> None:
        """Seal them like ``seal``, and remember when: a secret that stood there before is a new one now."""
        if self.sealed and any(self._is_other_secret(field, value) for field, value in credentials.items()):
            self.rotated_at = now
        self.seal(credentials)

    def credentials(self) -> dict[str, str]:
        """The plain values. Raises vault.Unreadable when the keys do not fit."""
        return {field: vault.unseal(token, self._place(field)) for field, token in self.sealed.items()}

    @property
    def label(self) -> str:
        known = registry.all_vendors().get(self.vendor)
        return known.label if known else self.vendor

    @property
    def role(self) -> str:
        known = registry.all_vendors().get(self.vendor)
        return known.role if known else ""

    @property
    def tells_carts(self) -> bool:
        known = registry.all_vendors().get(self.vendor)
        return bool(known and Transition.CART_CHANGED in known.tells)

    def _is_other_secret(self, field: str, value: str) -> bool:
        if not isinstance(registry.vendor_class(self.vendor).Credentials.base_fields.get(field), SecretField):
            return False
        try:
            return (
                vault.unseal(self.sealed[field], self._place(field)) != value
                if field in self.sealed
                else True
            )
        except vault.Unreadable:
            return True

    @property
    def secrets_since(self) -> datetime:
        return self.rotated_at or self.created_at

    def _place(self, field: str) -> str:
        return f"{self.store_id}:{self.vendor}:{field}"


class Cursor(models.Model):
    """How far one stream of a connection was read. It moves only after its rows are committed."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="cursors")
    stream = models.CharField(max_length=40)
    watermark = models.TextField(blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "stream"], name="cursor_one_per_stream")]

    def __str__(self) -> str:
        return f"{self.connection_id}:{self.stream}"

"""A store's configured copies of recipes, and their published, immutable versions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from connectors.models import Store
from rules.limits import Limits

MOST_CUSTOMERS = 10_000_000


def limit(label: str, told: str, most: int = MOST_CUSTOMERS) -> models.PositiveIntegerField[Any, Any]:
    """A limit of a rule; null is none."""
    between = [MinValueValidator(1), MaxValueValidator(most)]
    return models.PositiveIntegerField(label, null=True, blank=True, validators=between, help_text=told)


class Rule(models.Model):
    """What a store wants to happen. ``params`` is the working copy; versions are what runs."""

    class Mode(models.TextChoices):
        DRAFT = "draft", "Draft"
        SHADOW = "shadow", "Shadow"
        LIVE = "live", "Live"
        PAUSED = "paused", "Paused"

    store = models.ForeignKey(Store, models.CASCADE, related_name="rules")
    name = models.CharField(max_length=120)
    recipe = models.CharField(max_length=40)  # text: a new recipe is one file
    params = models.JSONField(default=dict, blank=True)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.DRAFT)
    version = models.ForeignKey(
        "RuleVersion", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    # When going live asked for one pass over what we know already; null when it was done.
    pass_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Limits belong to the rule and not to its version: they bind at once, also for people on their way.
    customers_per_hour = limit(
        "customers an hour",
        "The rule writes to at most so many customers in an hour; the others are written to later. "
        "Empty: no limit.",
    )
    share_of_customers = limit(
        "share of customers, %",
        "In 24 hours to at most so many percent of the known customers; for the others a person has to "
        "say yes. Empty: no limit.",
        most=100,
    )
    approve_above = limit(
        "approval above",
        "To more than so many customers in an hour only when a person says yes, within a day. It also "
        "asks before the rule goes live and changes more customers than that. Empty: it never asks.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "name"],
                name="rule_name_once_per_store",
                violation_error_message="This client already has a rule of that name.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def limits(self) -> Limits:
        return Limits(
            customers_per_hour=self.customers_per_hour,
            share_of_customers=self.share_of_customers,
            approve_above=self.approve_above,
        )


class RuleVersion(models.Model):
    """A published rule. Only ``live_at`` is ever set later, once, when it first goes live."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    recipe = models.CharField(max_length=40)
    params = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    live_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="ruleversion_once_per_number")]

    def __str__(self) -> str:
        return f"{self.rule} v{self.number}"

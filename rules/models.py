"""A store's configured copies of recipes, and their published, immutable versions."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from connectors.models import Store


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

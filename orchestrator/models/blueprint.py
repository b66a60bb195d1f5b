"""A client's rules as a template for others, and each time that it was pushed to one of them."""

from __future__ import annotations

from django.db import models

from connectors.models import Store


class Blueprint(models.Model):
    """``rules`` are parts as ``orchestrator.blueprints`` knows them. Whoever sees its client sees it."""

    name = models.CharField(max_length=120, help_text="Such as the kind of client that it is for.")
    source = models.ForeignKey(Store, models.CASCADE, related_name="blueprints", verbose_name="made from")
    rules = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "name"],
                name="blueprint_name_once_per_client",
                violation_error_message="This client already has a blueprint of that name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class BlueprintPush(models.Model):
    """What one push did to the rules of one client, with what stood there before, for the way back."""

    blueprint = models.ForeignKey(Blueprint, models.CASCADE, related_name="pushes")
    store = models.ForeignKey(Store, models.CASCADE, related_name="blueprint_pushes")
    changes = models.JSONField()  # as ``orchestrator.blueprints.Change``
    pushed_at = models.DateTimeField()
    pushed_by = models.CharField(max_length=150)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "blueprint pushes"
        indexes = [models.Index(fields=["blueprint", "pushed_at"], name="push_of_blueprint")]

    def __str__(self) -> str:
        return f"{self.blueprint} → {self.store}"

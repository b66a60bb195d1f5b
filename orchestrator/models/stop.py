"""The kill switches: who stopped what, why, and when it was lifted."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from connectors.models import Store
from rules.models import Rule


class StopQuerySet(models.QuerySet["Stop"]):
    def in_force(self) -> StopQuerySet:
        return self.filter(lifted_at=None)


class Stop(models.Model):
    """While it is in force nothing is sent for its scope: one rule, one client, or everything (neither).

    A rule's stop names its client too, so that whoever may see the client may see it.
    """

    store = models.ForeignKey(Store, models.CASCADE, related_name="stops", null=True, verbose_name="client")
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="stops", null=True)
    because = models.CharField(
        max_length=300, verbose_name="why", help_text="Everybody who works here reads it."
    )
    since = models.DateTimeField()
    by = models.CharField(max_length=150)  # a name: people may leave, and a command has no account
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=150, blank=True)

    objects = StopQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Coalesce("store", 0),
                Coalesce("rule", 0),
                condition=Q(lifted_at=None),
                name="stop_in_force_once_per_scope",
            ),
            models.CheckConstraint(
                condition=Q(rule=None) | Q(store__isnull=False), name="stop_of_a_rule_names_its_client"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(lifted_at__gte=F("since")),
                name="stop_is_lifted_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"Stop {self.pk}"

    @property
    def scope(self) -> str:
        """What is stopped, in words. ``store`` and ``rule`` have to be loaded."""
        if self.rule is not None:
            return f"the rule “{self.rule}” of {self.store}"
        return str(self.store) if self.store else "everything"

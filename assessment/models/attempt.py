"""One time that somebody answered the questions, and what they asked for afterwards."""

from __future__ import annotations

from typing import Any

from django.db import models

from assessment import sets
from assessment.catalog import QuestionSet
from assessment.keys import new_key
from connectors.models import Store


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def finished(self) -> AssessmentQuerySet:
        return self.filter(finished_at__isnull=False)


class Assessment(models.Model):
    """Answers as they come in; once finished, the result stands and is never computed again."""

    class Platform(models.TextChoices):
        SHOPIFY = "shopify", "Shopify"
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        BIGCOMMERCE = "bigcommerce", "BigCommerce"
        OTHER = "other", "Another one"

    class RevenueKind(models.TextChoices):
        STARTED = "started", "Started checkouts"
        COMPLETED = "completed", "Completed sales"

    class TeamSize(models.TextChoices):
        TWO = "1-2", "1–2"
        FIVE = "3-5", "3–5"
        TEN = "6-10", "6–10"
        TWENTY = "11-20", "11–20"
        MORE = "21+", "21 or more"

    store = models.ForeignKey(Store, models.CASCADE, null=True, blank=True, related_name="assessments")
    previous = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    edit_key = models.CharField(max_length=22, unique=True, default=new_key)
    share_key = models.CharField(max_length=22, unique=True, null=True, blank=True)  # null: not shared

    set_version = models.CharField(max_length=20)
    weights_version = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField(db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True, db_index=True)
    reached = models.PositiveSmallIntegerField(default=0)  # pages saved, the profile being the first

    store_name = models.CharField(max_length=120, blank=True)
    platform = models.CharField(max_length=20, choices=Platform.choices, blank=True)
    revenue = models.DecimalField(max_digits=20, decimal_places=2, null=True, blank=True)
    revenue_kind = models.CharField(
        max_length=10, choices=RevenueKind.choices, default=RevenueKind.STARTED, blank=True
    )
    team_size = models.CharField(max_length=5, choices=TeamSize.choices, blank=True)
    tools = models.JSONField(default=list, blank=True)
    other_tools = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    country = models.CharField(max_length=60, blank=True)

    answers = models.JSONField(default=dict)  # question → yes | no | unsure
    result = models.JSONField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(null=True, blank=True)  # of the result, for lists
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    evidence = models.JSONField(null=True, blank=True)  # question → what the connected accounts show
    evidence_at = models.DateTimeField(null=True, blank=True)
    evidence_wanted_at = models.DateTimeField(null=True, blank=True, db_index=True)  # null: nobody waits

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["store", "finished_at"], name="assessment_store_finished")]

    def __str__(self) -> str:
        return f"Assessment of {self.who}"

    @property
    def who(self) -> str:
        if self.store is not None:
            return str(self.store.name)
        return self.store_name or f"visitor {self.pk}"

    @property
    def questions(self) -> QuestionSet:
        return sets.by_version(self.set_version)

    def plain(self) -> dict[str, Any]:
        """Everything that is stored about it, for whoever asks for their data."""
        kept = ("store_name", "platform", "revenue_kind", "team_size", "tools", "other_tools", "currency")
        call = AuditRequest.objects.filter(assessment=self).first()
        return {
            **{name: getattr(self, name) for name in kept},
            "country": self.country,
            "revenue": None if self.revenue is None else str(self.revenue),
            "questions": {each.slug: str(each.text) for each in self.questions.questions},
            "answers": self.answers,
            "result": self.result,
            "set_version": self.set_version,
            "weights_version": self.weights_version,
            "started_at": self.started_at.isoformat(),
            "saved_at": self.saved_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "audit_call": {"name": call.name, "email": call.email, "note": call.note} if call else None,
        }


class AuditRequest(models.Model):
    """Somebody would like the 30-minute call. ``told_at``: when the agency was told in its chat."""

    assessment = models.OneToOneField(Assessment, models.CASCADE, related_name="audit_request")
    name = models.CharField(max_length=120)
    email = models.EmailField(max_length=254)
    note = models.CharField(max_length=1000, blank=True)
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, db_index=True)
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Audit call for {self.assessment.who}"

"""Questions to a person: a rule would reach more customers than its limits allow by themselves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from connectors.models import Store
from rules.models import Rule


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def open(self) -> ApprovalQuerySet:
        """Nobody has answered yet."""
        return self.filter(answer=Approval.Answer.NONE)

    def unfinished(self) -> ApprovalQuerySet:
        """Asked, or answered and not carried out yet."""
        return self.filter(done_at=None)


class Approval(models.Model):
    """One question about one rule. What waits for the answer are the rule's parked rows, or its pass.

    Rows that are parked while it is open join it; those parked later ask anew.
    """

    class About(models.TextChoices):
        MESSAGES = "messages", "Messages that wait"
        GOING_LIVE = "going_live", "What is so already, when the rule goes live"

    class Limit(models.TextChoices):
        APPROVE_ABOVE = "approve_above", "More customers in an hour than it may reach by itself"
        SHARE = "share_of_customers", "More of the known customers in 24 hours than it may reach by itself"

    class Answer(models.TextChoices):
        NONE = "", "Waits for an answer"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        EXPIRED = "expired", "Not answered in time"
        WITHDRAWN = "withdrawn", "Not needed any more"

    store = models.ForeignKey(Store, models.CASCADE, related_name="approvals", verbose_name="client")
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="approvals")
    about = models.CharField(max_length=12, choices=About.choices)
    limit = models.CharField(max_length=20, choices=Limit.choices)
    customers = models.PositiveIntegerField(default=0)  # so many wait
    actions = models.PositiveIntegerField(default=0)  # with so many messages or changes
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True, default=Answer.NONE)
    because = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)  # a name; "" was the clock
    done_at = models.DateTimeField(null=True, blank=True)  # when the answer was carried out

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "about"], condition=Q(answer=""), name="approval_open_once_per_rule"
            ),
            models.CheckConstraint(
                condition=Q(answer="", decided_at=None) | (~Q(answer="") & Q(decided_at__isnull=False)),
                name="approval_answer_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "expires_at"], name="approval_to_do", condition=Q(done_at=None)),
            models.Index(fields=["rule", "decided_at"], name="approval_of_rule"),
        ]

    def __str__(self) -> str:
        return f"Approval {self.pk}"

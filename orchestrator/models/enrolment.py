"""People on their way through a rule's steps."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from connectors.models import Store
from orchestrator.models import sided
from orchestrator.models.approval import Approval
from orchestrator.models.mirror import Customer
from rules.models import Rule


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def to_take(self) -> EnrolmentQuerySet:
        """Under way, and not parked until a person says yes."""
        answered = Q(approval=None) | Q(approval__answer=Approval.Answer.APPROVED)
        return self.filter(answered, state=Enrolment.State.WAITING)


class Enrolment(models.Model):
    """One run of a rule's steps for one cause, on the version it began with. Its next step waits here."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        ENDED = "ended", "Ended early"

    store = models.ForeignKey(Store, models.CASCADE, related_name="enrolments", db_index=False)
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="enrolments", db_index=False)
    rule_version = models.PositiveIntegerField()
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, blank=True, related_name="enrolments"
    )  # follows merges
    subject = models.CharField(max_length=254)
    reference = models.CharField(max_length=150)  # what it is about, such as a cart
    key = models.CharField(max_length=200)  # the same change begins it once
    change = models.TextField()  # the change that began it, JSON
    trace = models.CharField(max_length=32)
    is_alone = models.BooleanField(default=False)  # one of this rule at a time for a person
    step = models.CharField(max_length=40)  # the next one, or the last when it is over
    began_at = models.DateTimeField()
    planned_for = models.DateTimeField()  # when the step is meant to happen; due_at moves with retries
    due_at = models.DateTimeField()
    approval = models.ForeignKey(
        Approval, models.SET_NULL, related_name="enrolments", null=True, blank=True, db_index=False
    )  # its step is parked: it waits for a person's yes
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    ended_because = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    is_shadow = sided.mark()

    objects = sided.Manager.from_queryset(EnrolmentQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "key", "is_shadow"], name="enrolment_once_per_change"),
            models.UniqueConstraint(
                fields=["store", "rule", "reference", "is_shadow"],
                condition=Q(state="waiting"),
                name="enrolment_open_once_per_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="enrolment_due", condition=Q(state="waiting")),
            models.Index(
                fields=["rule", "planned_for"], name="enrolment_of_rule", condition=Q(state="waiting")
            ),
            models.Index(
                fields=["approval"], name="enrolment_of_approval", condition=Q(approval__isnull=False)
            ),
            models.Index(fields=["subject", "store", "id"], name="enrolment_of_subject"),
            models.Index(fields=["reference", "id"], name="enrolment_of_reference"),
            models.Index(fields=["store", "id"], name="enrolment_by_store"),
            models.Index(fields=["id"], name="enrolment_running", condition=Q(ended_at__isnull=True)),
            # A client's next step, for the front page, however many wait.
            models.Index(
                fields=["store", "due_at"], name="enrolment_next", condition=Q(ended_at__isnull=True)
            ),
            models.Index(
                fields=["due_at"], name="enrolment_shadow_due", condition=Q(state="waiting", is_shadow=True)
            ),
            models.Index(fields=["rule"], name="enrolment_in_shadow", condition=Q(is_shadow=True)),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.step}"

"""The ledger of causes for silence, and what we want the vendors to show of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from connectors.models import Connection, Store
from orchestrator.models import sided
from rules.models import Rule

LONG = timedelta(hours=1)  # that a wish may take before it is stuck
OVERDUE = timedelta(minutes=10)  # that a hold past its time may take to be closed


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def open(self) -> SuppressionQuerySet:
        return self.filter(closed_at=None)

    def people(self) -> SuppressionQuerySet:
        """Customers who are silent. A subject is never empty: it is named for a database without statistics,
        which would read all that was ever open, though there is an index of what is."""
        return self.open().filter(subject_kind=Suppression.SubjectKind.CUSTOMER, subject__gt="")

    def stuck(self, now: datetime) -> SuppressionQuerySet:
        """Open past its time, or not in force at the vendor: ``VendorState.is_stuck`` says why."""
        shown = VendorState.objects.stuck(now).filter(
            wanted=True,
            connection__store=OuterRef("store"),
            key=OuterRef("method"),
            subject=OuterRef("subject"),
        )
        return self.open().filter(Q(expires_at__lte=now - OVERDUE) | Exists(shown))


class Suppression(models.Model):
    """One cause for silence. A subject is silent while any cause is open."""

    class SubjectKind(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        CAMPAIGN = "campaign", "Campaign"
        CATALOG_ITEM = "catalog_item", "Catalog item"

    store = models.ForeignKey(Store, models.CASCADE, related_name="suppressions", db_index=False)
    subject_kind = models.CharField(max_length=12, choices=SubjectKind.choices, default=SubjectKind.CUSTOMER)
    subject = models.CharField(max_length=254)  # lower-case e-mail, campaign or catalog item
    told = models.CharField(max_length=300, blank=True)  # what staff call it, and why it is meant
    cause = models.CharField(max_length=40)  # text: a new recipe brings its own
    reference = models.CharField(max_length=150)  # vendor:kind:id of what explains it
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="suppressions")
    method = models.CharField(max_length=40)  # which vendor state carries it, such as hold_list
    source_at = models.DateTimeField()  # the newest change that spoke about this cause
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)  # too old from then on: closed, with an alarm
    release_at = models.DateTimeField(null=True, blank=True)  # it is over; closed after the grace
    look_at = models.DateTimeField(null=True, blank=True)  # what features it is looked for (again)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=40, blank=True)
    trace = models.CharField(max_length=32)
    is_shadow = sided.mark()

    objects = sided.Manager.from_queryset(SuppressionQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "subject", "cause", "reference", "rule", "is_shadow"],
                condition=Q(closed_at=None),
                name="suppression_open_once_per_cause",
                violation_error_message="This is already held for that cause.",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="suppression_closes_after_it_opens",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="suppression_open_newest", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["store", "id"], name="suppression_by_store"),
            models.Index(fields=["subject", "store"], name="suppression_of_subject"),
            models.Index(fields=["reference", "store"], name="suppression_of_reference"),
            models.Index(
                fields=["release_at"],
                name="suppression_to_release",
                condition=Q(closed_at=None, release_at__isnull=False),
            ),
            models.Index(
                fields=["expires_at"],
                name="suppression_to_expire",
                condition=Q(closed_at=None, expires_at__isnull=False),
            ),
            models.Index(
                fields=["look_at"],
                name="suppression_to_look",
                condition=Q(closed_at=None, look_at__isnull=False),
            ),
            models.Index(fields=["rule"], name="suppression_in_shadow", condition=Q(is_shadow=True)),
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.reference}"

    def is_overdue(self, now: datetime) -> bool:
        return self.closed_at is None and self.expires_at is not None and self.expires_at <= now - OVERDUE


class VendorStateQuerySet(models.QuerySet["VendorState"]):
    def stuck(self, now: datetime) -> VendorStateQuerySet:
        """What a person should look at: as ``is_stuck`` says of one row."""
        State = VendorState.State
        is_pending = Q(state=State.PENDING, changed_at__lte=now - LONG)
        return self.filter(is_pending | Q(wanted=True, state__in=[State.LOST, State.NOT_POSSIBLE]))


class VendorState(models.Model):
    """Something we want to be true (or no longer true) of a subject at a vendor.

    The reconciler drives ``seen`` to ``wanted``. ``version`` counts changes of mind, so that an answer
    to an older wish is not taken for an answer to the newest.
    """

    class State(models.TextChoices):
        APPLIED = "applied", "Applied"
        PENDING = "pending", "Pending"
        NOT_POSSIBLE = "not_possible", "Not possible"
        LOST = "lost", "Lost"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="vendor_states")
    key = models.CharField(max_length=40)  # hold_list, hold_global: who drives it
    subject = models.CharField(max_length=254)
    wanted = models.BooleanField()
    version = models.PositiveIntegerField(default=1)
    seen = models.BooleanField(null=True, blank=True)  # what the vendor last showed or confirmed
    seen_at = models.DateTimeField(null=True, blank=True)  # since when; the vendor's own stamp if it has one
    prior = models.BooleanField(null=True, blank=True)  # it was so before us: never lifted by us
    kept = models.JSONField(default=dict, blank=True)  # how it was before us, as far as it can be had back
    vendor_id = models.CharField(max_length=100, blank=True)  # the subject's id there, kept for the way back
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    because = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # null = nothing to do
    is_in_doubt = models.BooleanField(default=False)
    receipt = models.CharField(max_length=100, blank=True)  # of a job that is not through yet
    asked_at = models.DateTimeField(null=True, blank=True)  # the vendor's clock just before we asked for one
    call = models.CharField(
        max_length=32, blank=True
    )  # names the bulk call that asked, for all whom it was about
    restored = models.PositiveSmallIntegerField(default=0)  # how often we put back what somebody removed
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    trace = models.CharField(max_length=32)
    changed_at = models.DateTimeField()

    objects = VendorStateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "key", "subject"], name="vendorstate_once_per_subject"
            )
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="vendorstate_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["claim_token"], name="vendorstate_claimed"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.subject}"

    def is_stuck(self, now: datetime) -> bool:
        """Asked for long ago and not there yet, or wanted and not to be had."""
        if self.state == self.State.PENDING:
            return self.changed_at <= now - LONG
        return self.wanted and self.state in (self.State.LOST, self.State.NOT_POSSIBLE)

"""Where things are in the console."""

from __future__ import annotations

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from orchestrator.models import Attention
from rules import subjects

PLACES = {  # what a reference begins with → the page that shows it
    "rule": "rules_rule",
    "action": "orchestrator_outboxaction",
    "event": "orchestrator_inboxevent",
    "hold": "orchestrator_vendorstate",
    "delivery": "orchestrator_delivery",
    "call": "assessment_auditrequest",
    "stop": "orchestrator_stop",
    "approval": "orchestrator_approval",
}


def fix_url(row: Attention) -> str:
    """The page where something can be done about it."""
    if row.code == "campaign_to_schedule" and row.connection_id:
        return reverse("admin:connectors_connection_campaigns", args=[row.connection_id])
    kind, _, key = row.reference.partition(":")
    key = key.partition(":")[0]
    if kind in PLACES and key.isdecimal():
        return reverse(f"admin:{PLACES[kind]}_change", args=[key])
    if row.connection_id:
        return reverse("admin:connectors_connection_change", args=[row.connection_id])
    if row.store_id:
        return reverse("admin:connectors_store_change", args=[row.store_id])
    return reverse("admin:orchestrator_attention_changelist")


def link(row: Model, text: object = "") -> SafeString:
    return format_html('<a href="{}">{}</a>', change_url(row), text or row)


def change_url(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def list_url(model: type[Model], **filters: str | int) -> str:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url


def customer_url(store_id: int, subject: str) -> str:
    """All that is known of one person, by an address or a telephone number."""
    phone = subjects.phone_of(subject)
    asked = {"phone": phone} if phone else {"email": subject}
    return f"{reverse('admin:customer', args=[store_id])}?{urlencode(asked)}"


def person(store_id: int | None, subject: str) -> SafeString | str:
    """A subject of the ledger or the log: a customer leads to their page."""
    if store_id is None or not subjects.typed(subject):
        return subject or "–"
    shown = subjects.phone_of(subject) or subject
    return format_html('<a href="{}">{}</a>', customer_url(store_id, subject), shown)


def lift_url(row: Model) -> str:
    return reverse("admin:orchestrator_suppression_lift", args=[row.pk])

"""Campaigns that were held and wait for a person: scheduled again from here, at a time that they name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from connectors.errors import Refused, VendorError
from connectors.models import Connection
from orchestrator.act import rescheduling
from orchestrator.act.drivers.hold_campaign.lifting import MARGIN
from orchestrator.admin import audit, display
from orchestrator.admin.base import ScopedAdmin
from orchestrator.models import Attention

CODE = "campaign_to_schedule"
SOON = (
    f"Needs a time at least {MARGIN // timedelta(minutes=1)} minutes from now, so that people can look at it."
)
ZONE = "On the clock of the client ({})."


class TimeForm(forms.Form):
    """When it goes out, on the clock that is in force when it is read."""

    at = forms.DateTimeField(
        label="Send at",
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Needs a day and a time, such as 2026-11-30 09:00."},
    )

    def __init__(self, connection: Connection, campaign_id: str, given: Any) -> None:
        super().__init__(given, prefix=campaign_id)
        self.fields["at"].help_text = ZONE.format(connection.store.timezone)

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        if at < timezone.now() + MARGIN:
            raise ValidationError(SOON)
        return at


class Waiting(msgspec.Struct, frozen=True):
    """A campaign to schedule: what the alarm says of it, and the form."""

    id: str
    sentence: str
    since: str
    form: TimeForm


class CampaignButtons(ScopedAdmin):
    """One page; whoever has it gives it its address."""

    def campaigns_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Showing it calls nobody; the campaign is looked at when it is to be scheduled."""
        connection: Connection = self.object_to_change(request, str(object_id))
        asked = request.POST.get("campaign", "")
        waiting = [_waiting(row, connection, request.POST or None, asked) for row in _alarms(connection)]
        chosen = next((each for each in waiting if each.id == asked), None)
        with timezone.override(connection.store.timezone):
            if chosen and chosen.form.is_valid():
                self._schedule(request, connection, chosen)
                return HttpResponseRedirect(url(connection))
        context = {
            **self.admin_site.each_context(request),
            "title": "Campaigns to schedule again",
            "opts": self.opts,
            "page": connection,
            "connection": connection,
            "waiting": waiting,
        }
        return TemplateResponse(request, "admin/connectors/connection/campaigns.html", context)

    def _schedule(self, request: HttpRequest, connection: Connection, chosen: Waiting) -> None:
        at = chosen.form.cleaned_data["at"]
        try:
            campaign = rescheduling.schedule(connection, chosen.id, at, timezone.now())
        except Refused as error:
            self.message_user(request, error.sentence, messages.WARNING)
        except VendorError as error:
            said = f"It may not have been scheduled: {error.sentence} Look at it in {connection.label}."
            self.message_user(request, said, messages.ERROR)
        else:
            told = f"scheduled the campaign “{campaign.name}” at {connection.label}"
            reference = f"{connection.vendor}:campaign:{campaign.id}"
            known = {"vendor": connection.vendor, "subject": campaign.id, "reference": reference, "at": at}
            audit.note(request, "campaign_rescheduled", told, store_id=connection.store_id, **known)
            self.message_user(request, f"You {told} for {timezone.localtime(at):%d %b %Y, %H:%M}.")


def url(connection: Connection) -> str:
    return reverse("admin:connectors_connection_campaigns", args=[connection.pk])


def _alarms(connection: Connection) -> list[Attention]:
    rows = Attention.objects.open().filter(connection=connection, code=CODE)
    return list(rows.order_by("since", "pk")[:50])


def _waiting(row: Attention, connection: Connection, given: Any, asked: str) -> Waiting:
    id_ = row.reference.rpartition(":")[2]
    form = TimeForm(connection, id_, given if id_ == asked else None)
    return Waiting(id_, row.sentence, display.ago(row.since, timezone.now()), form)

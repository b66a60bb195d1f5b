"""Asking for the 30-minute audit call."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessment import links, throttle
from assessment.forms import AuditForm, Trap
from assessment.models import Assessment, AuditRequest
from assessment.views.door import page, slow_down, with_link
from assessment.views.start import where


@require_http_methods(["GET", "HEAD", "POST"])
@with_link
def ask(request: HttpRequest, row: Assessment) -> HttpResponse:
    """Asked once for each result; asking again shows that it was heard."""
    if row.finished_at is None:
        return redirect(where(row))
    if AuditRequest.objects.filter(assessment=row).exists():
        return page(request, "called", row)
    if request.method != "POST":
        return page(request, "call", row, form=AuditForm(), trap=Trap())
    if Trap(request.POST).is_sprung:
        return redirect(where(row))
    if not throttle.knock(request, "call", timezone.now()):
        return slow_down(request)
    form = AuditForm(request.POST)
    if not form.is_valid():
        return page(request, "call", row, form=form, trap=Trap())
    AuditRequest.objects.get_or_create(
        assessment=row, defaults={**form.cleaned_data, "asked_at": timezone.now()}
    )
    return redirect(reverse("assessment:call", args=[links.edit_link(row)]))

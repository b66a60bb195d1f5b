"""The result: for its owner, and for whoever was given the link to read it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from assessment import attempts, links, throttle
from assessment.models import Assessment
from assessment.report import report
from assessment.views.door import nothing_here, quiet, slow_down, with_link
from assessment.views.start import where


@require_safe
@with_link
def own(request: HttpRequest, row: Assessment) -> HttpResponse:
    if row.finished_at is None:
        return redirect(where(row))
    return _show(request, row, link=links.edit_link(row))


@require_safe
def shared(request: HttpRequest, link: str) -> HttpResponse:
    if throttle.is_shut(request, "miss", timezone.now()):
        return slow_down(request)
    row = links.to_read(link)
    return quiet(_show(request, row, link="")) if row else nothing_here(request)


@require_POST
@with_link
def again(request: HttpRequest, row: Assessment) -> HttpResponse:
    """Once more with the same answers to begin with; this result stays."""
    if row.finished_at is None:
        return redirect(where(row))
    fresh = attempts.again(row, timezone.now())
    return redirect(reverse("assessment:profile", args=[links.edit_link(fresh)]))


@require_POST
@with_link
def share(request: HttpRequest, row: Assessment) -> HttpResponse:
    if row.finished_at is not None:
        (attempts.unshare if request.POST.get("do") == "revoke" else attempts.share)(row)
    return redirect(where(row) + "#sharing")


def _show(request: HttpRequest, row: Assessment, link: str) -> HttpResponse:
    """``link`` is the owner's; without it everything that changes something is left out."""
    told = report(row, request.GET)
    context = {
        "row": row,
        "link": link,
        "report": told,
        "form": told.form,
        "is_refused": told.is_refused,
        "share_url": request.build_absolute_uri(links.share_url(row)) if link and row.share_key else "",
        "private_url": request.build_absolute_uri(reverse("assessment:resume", args=[link])) if link else "",
        "has_asked": bool(link) and hasattr(row, "audit_request"),
    }
    return render(request, "assessment/result.html", context, status=422 if told.is_refused else 200)

"""Where it begins: what this is, how long it takes, what happens with the data."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from assessment import attempts, links, sets, throttle
from assessment.forms import Trap
from assessment.models import Assessment
from assessment.views.door import nothing_here, quiet, slow_down, with_link
from connectors.models import Store


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    return _start(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, link: str) -> HttpResponse:
    """What is answered behind an invitation belongs to its client."""
    now = timezone.now()
    if throttle.is_shut(request, "miss", now):
        return slow_down(request)
    invitation = links.to_start(link, now)
    return _start(request, invitation.store) if invitation else nothing_here(request)


@require_safe
@with_link
def resume(request: HttpRequest, row: Assessment) -> HttpResponse:
    """Goes on where it stopped, on any device."""
    return redirect(where(row))


def where(row: Assessment) -> str:
    """The page to go to next: the first one that is not answered, or the result."""
    link = links.edit_link(row)
    if row.finished_at is not None:
        return _path("result", link)
    if row.reached == 0:
        return _path("profile", link)
    for group in row.questions.groups:
        if any(each.slug not in row.answers for each in row.questions.of(group.slug)):
            return _path("questions", link, group.slug)
    return _path("questions", link, row.questions.groups[-1].slug)


def _start(request: HttpRequest, store: Store | None) -> HttpResponse:
    if request.method == "POST":
        return _begin(request, store)
    context = {
        "store": store,
        "questions": sets.CURRENT,
        "trap": Trap(),
        "keep_months": round(settings.ASSESSMENT_KEEP_DAYS / 30.4),
        "keep_unfinished_days": settings.ASSESSMENT_KEEP_UNFINISHED_DAYS,
    }
    return quiet(render(request, "assessment/start.html", context))


def _begin(request: HttpRequest, store: Store | None) -> HttpResponse:
    """A robot is sent back to where it came from, as if nothing were wrong."""
    now = timezone.now()
    if Trap(request.POST).is_sprung:
        return quiet(redirect(request.path))
    if not throttle.knock(request, "start", now):
        return slow_down(request)
    return quiet(redirect(where(attempts.begin(store, now))))


def _path(name: str, *args: str) -> str:
    return reverse(f"assessment:{name}", args=args)

"""What every public page shares: private links, the throttle, and headers that keep pages to themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from assessment import links, throttle
from assessment.models import Assessment

P = ParamSpec("P")


def with_link(
    view: Callable[Concatenate[HttpRequest, Assessment, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Opens a private link, or says that nothing is there in the same words whatever the reason."""

    @wraps(view)
    def opened(request: HttpRequest, link: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        now = timezone.now()
        if throttle.is_shut(request, "miss", now):
            return slow_down(request)
        row = links.to_edit(link)
        if row is None:
            return nothing_here(request)
        if request.method == "POST" and not throttle.knock(request, "save", now):
            return slow_down(request)
        return quiet(view(request, row, *args, **kwargs))

    return opened


def quiet(response: HttpResponse) -> HttpResponse:
    """No copy stays with a proxy or a shared computer's cache."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def nothing_here(request: HttpRequest) -> HttpResponse:
    throttle.knock(request, "miss", timezone.now())
    return quiet(render(request, "assessment/gone.html", status=404))


def slow_down(request: HttpRequest) -> HttpResponse:
    response = quiet(render(request, "assessment/slow.html", status=429))
    response.headers["Retry-After"] = "3600"
    return response


def page(request: HttpRequest, template: str, row: Assessment, **context: Any) -> HttpResponse:
    """A page of one attempt; with a form that was refused it says so in its status."""
    form = context.get("form")
    is_refused = form is not None and form.is_bound and bool(form.errors)
    context |= {"row": row, "link": links.edit_link(row), "is_refused": is_refused}
    return render(request, f"assessment/{template}.html", context, status=422 if is_refused else 200)

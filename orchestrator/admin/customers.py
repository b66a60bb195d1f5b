"""One customer over all tools: found from every page, and why they got something, or did not."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from connectors.models import Store
from orchestrator.admin import display, places
from orchestrator.models import RunLogEntry, Suppression
from orchestrator.record import explain, finding, telling
from rules import subjects

MAY = "orchestrator.view_runlogentry"
LIFT = "orchestrator.change_suppression"
LONGEST = 500  # lines on one page
KINDS = {"hold": "Hold", "waiting": "Still to come"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the timeline with the page of its raw facts."""

    at: SafeString | str
    chip: SafeString
    outcome: SafeString | str
    sentence: str
    notes: Sequence[str]
    url: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    sentence: str
    lift_url: str


def search(request: HttpRequest) -> HttpResponse:
    """Straight to the person where there is only one."""
    _may_read(request)
    term = request.GET.get("q", "")
    found = finding.people(Store.objects.visible_to(request.user), term)
    if len(found) == 1 and found[0].subject:
        return redirect(places.customer_url(found[0].store_id, found[0].subject))
    shown = [(each, places.person(each.store_id, each.subject)) for each in found[:LONGEST]]
    return TemplateResponse(
        request, "admin/customers.html", _page(request, "Find a customer", term=term.strip(), found=shown)
    )


def customer(request: HttpRequest, store_id: int) -> HttpResponse:
    _may_read(request)
    store = get_object_or_404(Store.objects.visible_to(request.user), pk=store_id)
    asked, now = subjects.typed(request.GET.get("phone") or request.GET.get("email", "")), timezone.now()
    story = explain.story(store, asked, now)
    title = subjects.phone_of(asked) or asked
    lines = [_line(each, store.timezone) for each in reversed(story.lines[-LONGEST:])]
    may_lift = request.user.has_perm(LIFT)
    context = _page(
        request,
        title or "A customer",
        term=title,
        store=store,
        story=story,
        others=[subjects.phone_of(each) or each for each in story.subjects if each != asked],
        summary=[each.strip() for each in story.summary if not each.startswith("  ")],
        held=[_held(each, may_lift) for each in story.held],
        lines=lines,
        is_cut=len(story.lines) > LONGEST,
    )
    return TemplateResponse(request, "admin/customer.html", context)


def _may_read(request: HttpRequest) -> None:
    if not request.user.has_perm(MAY):
        raise PermissionDenied


def _page(request: HttpRequest, title: str, **more: object) -> dict[str, object]:
    return {**admin.site.each_context(request), "title": title, **more}


def _held(row: Suppression, may_lift: bool) -> Held:
    return Held(sentence=telling.cause(row), lift_url=places.lift_url(row) if may_lift else "")


def _line(line: explain.Line, zone: str) -> Line:
    entry = line.row if isinstance(line.row, RunLogEntry) else None
    label = entry.get_kind_display() if entry else KINDS[line.kind]
    return Line(
        at=display.when(line.at, zone, seconds=True),
        chip=display.chip(label),
        outcome=display.chip(entry.get_outcome_display(), entry.outcome) if entry else "",
        sentence=line.sentence[:1].upper() + line.sentence[1:],
        notes=line.notes,
        url=places.change_url(line.row),
    )

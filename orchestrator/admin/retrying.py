"""Failed effects by cause: what would be repeated is looked at, a few are tried, then the rest."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import msgspec
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from orchestrator.act import outbox
from orchestrator.admin import again, audit, display, places, readable, scope
from orchestrator.models import OutboxAction
from orchestrator.record import failures, telling
from orchestrator.record.failures import Failure
from rules.engine import TOO_LATE

MAY = "orchestrator.change_outboxaction"
MOST = 5_000  # failed effects that are gathered, the newest
FEW = 3
SHOWN = 20
ONE = ("action", "actions")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One effect, as it would be repeated."""

    what: str
    url: str
    subject: SafeString | str
    planned: SafeString | str
    chip: SafeString
    sent: SafeString | str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One cause."""

    what: str
    client: str
    tool: str
    because: str
    told: str
    newest: str
    url: str


def page(request: HttpRequest) -> HttpResponse:
    """All causes, or one of them: GET shows what would be repeated, POST repeats."""
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    found = failures.gathered(_failed(request).order_by("-pk")[:MOST])
    chosen = failures.by_key(found).get(request.GET.get("cause", ""))
    if request.method == "POST":
        return _repeat(request, chosen)
    if "cause" in request.GET:
        return _one(request, chosen)
    now = timezone.now()
    context = {
        **admin.site.each_context(request),
        "title": "Failed actions by cause",
        "groups": [_group(each, now) for each in found],
        "back": places.list_url(OutboxAction, state="failed"),
    }
    return TemplateResponse(request, "admin/orchestrator/outboxaction/causes.html", context)


def url(**question: str) -> str:
    return reverse("admin:orchestrator_outboxaction_causes") + (f"?{urlencode(question)}" if question else "")


def _failed(request: HttpRequest) -> QuerySet[OutboxAction]:
    return _mine(request).filter(state=OutboxAction.State.FAILED)


def _mine(request: HttpRequest) -> QuerySet[OutboxAction]:
    rows = OutboxAction.objects.select_related("store", "connection").defer("change")
    return scope.limit(rows, "store", request.user)


def _group(each: Failure, now: datetime) -> Group:
    first = each.rows[-1]
    return Group(
        what=telling.action(first),
        client=first.store.name,
        tool=first.connection.label,
        because=each.because,
        told=audit.counted(len(each.rows), *ONE),
        newest=display.ago(each.newest_at, now),
        url=url(cause=each.key),
    )


def _one(request: HttpRequest, chosen: Failure | None) -> HttpResponse:
    """What would be repeated, and how those that were tried first are doing."""
    now, rows = timezone.now(), chosen.rows if chosen else ()
    blind = outbox.blind()
    doubtful = [row for row in rows if row.was_in_doubt and row.action in blind]
    late = [
        row for row in rows if now - row.planned_for > TOO_LATE and not (row.is_state or row.was_in_doubt)
    ]
    tried = list(_mine(request).filter(pk__in=_numbers(request.GET.get("first", ""))).order_by("pk"))
    context = {
        **admin.site.each_context(request),
        "title": "Try failed actions again",
        "group": _group(chosen, now) if chosen else None,
        "count": len(rows),
        "lines": [_line(row) for row in rows[:SHOWN]],
        "more": max(0, len(rows) - SHOWN),
        "tried": [_line(row) for row in tried],
        "first": ",".join(str(row.pk) for row in rows[:FEW]),
        "few": min(FEW, len(rows)),
        "seen": chosen.newest_at.isoformat() if chosen else "",
        "late": len(late),
        "doubtful": len(doubtful),
        "back": url(),
    }
    return TemplateResponse(request, "admin/orchestrator/outboxaction/again.html", context)


def _line(row: OutboxAction) -> Line:
    return Line(
        what=telling.action(row),
        url=places.change_url(row),
        subject=places.person(row.store_id, row.subject),
        planned=display.when(row.planned_for, row.store.timezone),
        chip=display.chip(row.get_state_display(), row.state),
        sent=readable.facts(json.loads(row.arguments or "{}")),
    )


def _repeat(request: HttpRequest, chosen: Failure | None) -> HttpResponse:
    """Those that stood on the page: the named ones, or all. What failed anew since then is not meant."""
    named, seen = _numbers(request.POST.get("first", "")), _moment(request.POST.get("seen", ""))
    rows = [
        row for row in (chosen.rows if chosen and seen else ()) if row.settled_at and row.settled_at <= seen
    ]
    if request.POST.get("do") == "first":
        rows = [row for row in rows if row.pk in named]
    done = again.send([row.pk for row in rows], timezone.now(), by=request.user.get_username())
    audit.say(request, "asked for another try of", done, *ONE)
    first = (
        request.POST.get("first", "") if request.POST.get("do") == "first" else request.GET.get("first", "")
    )
    question = {"cause": request.GET.get("cause", ""), "first": ",".join(map(str, sorted(_numbers(first))))}
    return HttpResponseRedirect(url(**question))


def _numbers(text: str) -> set[int]:
    return {int(each) for each in text.split(",")[:SHOWN] if each.isdecimal() and len(each) < 19}


def _moment(text: str) -> Any:
    try:
        return parse_datetime(text)
    except ValueError:
        return None

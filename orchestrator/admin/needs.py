"""What needs a person, one line for each cause; several alarms of one cause are dealt with at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orchestrator.admin import audit, display, places, scope
from orchestrator.models import Attention
from orchestrator.record import causes, heeding
from orchestrator.record.heeding import Snooze

MAY = "orchestrator.change_attention"
MOST = 1_000  # alarms that are read for one page; a figure beyond that is “at least”
SHOWN = 20  # alarms of one cause on a page
ALARMS = ("alarm", "alarms")
VERBS = {"acknowledge", "back", *Snooze.values}
PAGES = {"index", "needs"}  # where one can come from


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm."""

    sentence: str
    url: str
    since: str
    heeded: str  # by whom it was acknowledged, and until when it is snoozed


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """All alarms of one code. ``newest`` is the last one that was read: what comes later is not meant."""

    code: str
    title: str
    told: str  # how many, of how many clients
    since: str
    items: list[Item]
    more_url: str  # where the rest is, if not all are shown
    newest: int


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    waiting: list[Cause]
    heeded: list[Cause]
    is_cut: bool

    @property
    def heeded_count(self) -> int:
        return sum(len(each.items) for each in self.heeded)


def build(user: Any, now: datetime) -> Needs:
    """One question to the table, whatever is in it."""
    if not scope.may_see(user, Attention):
        return Needs(waiting=[], heeded=[], is_cut=False)
    rows = scope.limit(Attention.objects.open(), "store", user).select_related("store")
    found = list(rows.order_by("since", "id")[: MOST + 1])
    known = found[:MOST]
    return Needs(
        waiting=_grouped((row for row in known if not row.is_heeded(now)), now, "open"),
        heeded=_grouped((row for row in known if row.is_heeded(now)), now, "heeded"),
        is_cut=len(found) > MOST,
    )


def _grouped(rows: Iterable[Attention], now: datetime, state: str) -> list[Cause]:
    """The longest-standing first, as ``rows`` come."""
    by_code = groupby(sorted(rows, key=lambda row: row.code), key=lambda row: row.code)
    groups = [list(group) for _, group in by_code]
    return [_cause(group, now, state) for group in sorted(groups, key=lambda group: group[0].since)]


def _cause(rows: Sequence[Attention], now: datetime, state: str) -> Cause:
    code, clients = rows[0].code, {row.store_id for row in rows if row.store_id}
    told = audit.counted(len(rows), *ALARMS)
    if len(clients) > 1:
        told = f"{told} of {len(clients):,} clients"
    more = places.list_url(Attention, state=state, cause=code) if len(rows) > SHOWN else ""
    return Cause(
        code=code,
        title=causes.title(code),
        told=told,
        since=display.ago(rows[0].since, now),
        items=[_item(row, now) for row in rows[:SHOWN]],
        more_url=more,
        newest=max(row.pk for row in rows),
    )


def _item(row: Attention, now: datetime) -> Item:
    return Item(
        sentence=row.sentence,
        url=places.fix_url(row),
        since=display.ago(row.since, now),
        heeded=heeded(row) if row.is_heeded(now) else "",
    )


def heeded(row: Attention) -> SafeString | str:
    """Who knows, since when, and for how long it is quiet."""
    zone = row.store.timezone if row.store else "UTC"
    at = display.when(row.acknowledged_at, zone)
    if row.snoozed_until is None:
        return format_html("acknowledged by {}, {}", row.acknowledged_by, at)
    return format_html("snoozed by {} until {}", row.acknowledged_by, display.when(row.snoozed_until, zone))


def page(request: HttpRequest) -> HttpResponse:
    if not scope.may_see(request.user, Attention):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        **shown(request, timezone.now()),
        "title": "Needs attention",
        "by_hand": places.list_url(Attention),
    }
    return TemplateResponse(request, "admin/needs.html", context)


def shown(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What ``admin/needs_list.html`` takes."""
    return {
        "needs": build(request.user, now),
        "may_heed": request.user.has_perm(MAY),
        "snoozes": Snooze.choices,
        "on": (request.resolver_match and request.resolver_match.url_name) or "needs",
    }


def heed(request: HttpRequest) -> HttpResponse:
    """One button for all alarms of a cause that stood on the page: ``verb:code:newest``."""
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    verb, code, newest = (*request.POST.get("heed", "").split(":"), "", "")[:3]
    rows = scope.limit(Attention.objects.filter(code=code), "store", request.user)
    if newest.isdecimal() and verb in VERBS:
        carry_out(request, rows.filter(pk__lte=int(newest)), verb, f": {causes.title(code)}")
    on = request.POST.get("on", "")
    return HttpResponseRedirect(reverse(f"admin:{on if on in PAGES else 'needs'}"))


def carry_out(request: HttpRequest, rows: QuerySet[Attention], verb: str, about: str = "") -> None:
    """Acknowledge, snooze or bring back those of ``rows`` that are not so yet, and say what was done."""
    by, now = request.user.get_username(), timezone.now()
    if verb == "back":
        done, told = heeding.bring_back(rows, now=now), "brought back {}"
    elif verb in Snooze.values:
        snooze = Snooze(verb)
        done = heeding.acknowledge(rows, by=by, now=now, snooze=snooze)
        told = f"snoozed {{}} {snooze.label}"
    else:
        done, told = heeding.acknowledge(rows, by=by, now=now), "acknowledged {}"
    if not done:
        messages.warning(request, "Nothing to do: somebody did it before, or the cause is gone.")
        return
    messages.success(request, f"You {told.format(audit.counted(len(done), *ALARMS))}{about}.")
    for store_id, count in Counter(done).items():
        what = f"{told.format(audit.counted(count, *ALARMS))}{about}"
        audit.note(request, "attention_heeded", what, store_id=store_id)

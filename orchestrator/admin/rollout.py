"""One client's set-up: ten steps that evidence ticks, what their tools do anyway, the weekly review."""

from __future__ import annotations

from typing import Any

import msgspec
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from connectors.models import Store
from orchestrator import roles
from orchestrator.admin import audit, display, places
from orchestrator.decide import doubles
from orchestrator.models import Existing, Inventory, RunLogEntry, WeeklyReview
from orchestrator.record import looks, rollout
from rules import registry

SEE, CHANGE = "connectors.view_store", "connectors.change_store"
SIGN = roles.SIGNS_WEEKS
REVIEWS = 8  # shown


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=Existing.Decision.choices)


class ReviewForm(forms.Form):
    note = forms.CharField(
        max_length=300,
        required=False,
        label="Remarks",
        help_text="What you found, and what you did about it.",
    )


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One flow or rule of theirs."""

    row: Existing
    tool: str
    ours: str  # label of the recipe that does the same
    form: DecisionForm | None


def url(store: Store) -> str:
    return reverse("admin:rollout", args=[store.pk])


def page(request: HttpRequest, store_id: int) -> HttpResponse:
    store = get_object_or_404(Store.objects.visible_to(request.user), pk=store_id)
    may_change = request.user.has_perm(CHANGE)
    if not (may_change or request.user.has_perm(SEE)):
        raise PermissionDenied
    form = ReviewForm()
    if request.method == "POST":
        is_signing = not {"read", "decide"} & set(request.POST)
        if not (may_change or (is_signing and _may_sign(request))):
            raise PermissionDenied
        form = ReviewForm(request.POST)
        if done := _done(request, store, form):
            return done
    return TemplateResponse(request, "admin/rollout.html", _context(request, store, form, may_change))


def _may_sign(request: HttpRequest) -> bool:
    """Whoever looks the week through need not be somebody who changes things."""
    return bool(request.user.has_perm(SIGN) or request.user.has_perm(CHANGE))


def _done(request: HttpRequest, store: Store, form: ReviewForm) -> HttpResponse | None:
    """What the pressed button asks for; None when what was typed does not do."""
    if "read" in request.POST:
        _read(request, store)
    elif "decide" in request.POST:
        _decide(request, store)
    elif not form.is_valid():
        return None
    else:
        _sign(request, store, form.cleaned_data["note"])
    return HttpResponseRedirect(url(store))


def _read(request: HttpRequest, store: Store) -> None:
    try:
        undecided = doubles.read(store, timezone.now())
    except doubles.Waiting:
        messages.info(
            request,
            "A tool lets us read only a little at a time. The rest is read by itself; look again soon.",
        )
        return
    except doubles.Unseen as error:
        messages.error(request, f"Nothing was changed: {error}")
        return
    told = f"{undecided} of them to be decided" if undecided else "no double to be decided"
    messages.success(request, f"What is live in their tools was read: {told}.")
    _note(request, store, "read what is live in the client's tools")


def _decide(request: HttpRequest, store: Store) -> None:
    asked = request.POST.get("decide", "")
    row = get_object_or_404(Existing, store=store, pk=asked if asked.isdecimal() else 0)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the decisions on the page.")
        return
    row.decision = form.cleaned_data["decision"]
    row.decided_by, row.decided_at = request.user.get_username(), timezone.now()
    row.save(update_fields=["decision", "decided_by", "decided_at"])
    told = row.get_decision_display().lower()
    messages.success(request, f"“{row.name}”: {told}.")
    _note(request, store, f"decided about “{row.name}”: {told}")


def _sign(request: HttpRequest, store: Store, note: str) -> None:
    """Once for each week, whoever is first."""
    week, now = rollout.week_of(store, timezone.now()), timezone.now()
    assert isinstance(request.user, User)  # the console is for people who logged in
    try:
        with transaction.atomic():
            WeeklyReview.objects.create(
                store=store, week=week, signed_by=request.user, signed_at=now, note=note
            )
    except IntegrityError:
        messages.warning(request, "That week is signed off already.")
        return
    messages.success(request, f"The week of {week:%-d %B} is signed off.")
    _note(request, store, f"signed off the week of {week:%-d %B %Y}")


def _note(request: HttpRequest, store: Store, told: str) -> None:
    audit.note(request, "rollout_changed", told, store_id=store.pk)


def _context(request: HttpRequest, store: Store, form: ReviewForm, may_change: bool) -> dict[str, Any]:
    now = timezone.now()
    steps, since = rollout.steps(store, now), rollout.live_since(store)
    week = rollout.week_of(store, now)
    reviews = list(
        WeeklyReview.objects.filter(store=store).select_related("signed_by").order_by("-week")[:REVIEWS]
    )
    read = Inventory.objects.filter(store=store).first()
    return {
        **admin.site.each_context(request),
        "title": f"Setting up {store}",
        "store": store,
        "back": places.change_url(store),
        "steps": steps,
        "done": sum(step.is_done for step in steps),
        "live_since": display.when(since, store.timezone) if since else "",
        "days": max((since - store.created_at).days, 0) if since else None,
        "lines": [_line(row, may_change) for row in _existing(store)],
        "read_at": display.when(read.read_at, store.timezone) if read and read.read_at else "",
        "is_reading": bool(read and read.wanted_at),
        "week": week,
        "is_signed": any(row.week == week for row in reviews),
        "reviews": reviews,
        "form": form,
        "looks": [
            (look.label, places.list_url(RunLogEntry, client=store.pk, last="7d", look=name))
            for name, look in looks.LOOKS.items()
        ],
        "may_change": may_change,
        "may_sign": _may_sign(request),
    }


def _existing(store: Store) -> list[Existing]:
    """Doubles first."""
    rows = Existing.objects.filter(store=store).order_by("vendor", "name", "id")
    return sorted(rows, key=lambda row: not row.double_of)


def _line(row: Existing, may_change: bool) -> Line:
    known = registry.all_recipes().get(row.double_of)
    form = DecisionForm(initial={"decision": row.decision}, auto_id=f"decision_{row.pk}_%s")
    return Line(
        row=row,
        tool=row.vendor.capitalize(),
        ours=known.label if known else row.double_of,
        form=form if row.double_of and may_change else None,
    )

"""A sample for real: what it tells is done at the sandbox, and everything that follows is shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode

from connectors import stand_in
from connectors.models import Connection
from connectors.stand_in import NotThere
from connectors.types import Transition
from orchestrator import wake
from orchestrator.admin import audit, display, places, scenario_stage
from orchestrator.admin.scenario_stage import Stage
from orchestrator.decide import samples
from orchestrator.models import RunLogEntry
from orchestrator.record import telling
from rules.models import Rule
from rules.sentences import TRANSITIONS

MOST = 200  # lines that are shown
MAY = "rules.change_rule"


def offer(rule: Rule, transition: Transition) -> dict[str, Any]:
    """What the page offers: a button, or one line that says how it would be offered."""
    url = stand_in.address(Connection.objects.filter(store=rule.store_id, is_enabled=True))
    return {
        "is_offered": True,
        "sandbox": url,
        "scenario_url": reverse("admin:rule_scenario", args=[rule.pk]),
        "is_running": rule.mode in (Rule.Mode.LIVE, Rule.Mode.SHADOW),
    }


# --- The pages -------------------------------------------------------------------------------------------


def play(request: HttpRequest, rule: Rule, transition: Transition, said: samples.Said) -> HttpResponse:
    """POST: it happens at the sandbox, and the tools are asked at once where they tell of nothing."""
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    stage, now = Stage(rule.store), timezone.now()
    if not stage.url:
        return _back(request, rule, transition, "Not all of this client's tools are at one running sandbox.")
    try:
        reference = scenario_stage.play(stage, transition, said)
    except NotThere as error:
        return _back(request, rule, transition, str(error))
    told = f"played “{TRANSITIONS[transition]}” on the sandbox, to try out the rule “{rule.name}”"
    about = {"rule": rule.name, "reference": f"rule:{rule.pk}"}
    audit.note(request, "scenario_played", told, store_id=rule.store_id, **about)
    Connection.objects.filter(store=rule.store_id, is_enabled=True).update(next_poll_at=None)
    wake.after_commit("poll")
    asked = {"email": stage.email, "about": reference, "since": now.isoformat()}
    return HttpResponseRedirect(f"{reverse('admin:rule_scenario', args=[rule.pk])}?{urlencode(asked)}")


def shown(request: HttpRequest, rule: Rule) -> HttpResponse:
    """GET: all that the run log says of this customer and this thing since then."""
    since = parse_datetime(request.GET.get("since", "")) or timezone.now()
    email, about = request.GET.get("email", ""), request.GET.get("about", "")
    entries = RunLogEntry.objects.filter(store=rule.store_id, at__gte=since).exclude(kind="staff")
    mine = [each for each in entries.order_by("pk")[: 10 * MOST] if _is_about(each, email, about)]
    context = {
        **admin.site.each_context(request),
        "title": f"What happened: {rule.name}",
        "rule": rule,
        "back": places.change_url(rule),
        "email": email,
        "customer_url": places.customer_url(rule.store_id, email) if "@" in email else "",
        "lines": [
            (
                telling.logged(each),
                display.chip(each.get_outcome_display(), each.outcome),
                display.when(each.at, rule.store.timezone, seconds=True),
                list(telling.noes(each)),
            )
            for each in mine[:MOST]
        ],
    }
    return TemplateResponse(request, "admin/rules/rule/scenario.html", context)


def _is_about(entry: RunLogEntry, email: str, about: str) -> bool:
    return bool(email and entry.subject == email) or bool(about and entry.reference == about)


def _back(request: HttpRequest, rule: Rule, transition: Transition, why: str) -> HttpResponse:
    messages.error(request, why)
    return HttpResponseRedirect(f"{reverse('admin:rule_try', args=[rule.pk])}?what={transition.value}")

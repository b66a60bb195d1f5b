"""What a rule's page shows beside its form: the sentence, how it runs, what it lacks, its versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from connectors import shadow
from orchestrator.admin import capabilities, display, places, rule_people, rule_setup, stopping
from orchestrator.models import Enrolment, OutboxAction, RunLogEntry, Suppression
from rules import publish
from rules.models import Rule, RuleVersion

VERSIONS = 20  # shown on the page
MEANING = {
    Rule.Mode.DRAFT: "Does not run. It lets go of what it holds.",
    Rule.Mode.SHADOW: "Goes its way as it would live, step by step, and writes down what it would do. "
    "Nothing is held, nothing is sent; it lets go of what it holds.",
    Rule.Mode.LIVE: "Decides and acts. Holds also cover what is open now; messages only follow what "
    "happens from now on.",
    Rule.Mode.PAUSED: "Holds and sends nothing new, and still releases what it holds.",
}


class Choice(msgspec.Struct, frozen=True):
    """One mode that a rule can be switched to."""

    mode: str
    label: str
    meaning: str
    is_current: bool


def _sequences_url(rule: Rule, request: HttpRequest) -> str:
    """Who is under way, where the recipe has steps and this person may see them."""
    may_see = request.user.has_perm("orchestrator.view_enrolment")
    return places.list_url(Enrolment, rule=rule.pk) if rule_people.has_steps(rule) and may_see else ""


def _in_shadow(rule: Rule) -> dict[str, Any]:
    """How far it would be by now, were it live."""
    if rule.mode != Rule.Mode.SHADOW:
        return {}
    with shadow.cast():
        of_rule = {"store": rule.store_id, "rule": rule.pk}
        told = {
            "holds": Suppression.objects.open().filter(**of_rule).count(),
            "under_way": Enrolment.objects.filter(**of_rule, state=Enrolment.State.WAITING).count(),
            "done": OutboxAction.objects.filter(**of_rule, state=OutboxAction.State.DONE).count(),
        }
    url = places.list_url(RunLogEntry, outcome__exact="would", client=rule.store_id, last="7d")
    return {"would": told, "would_url": url}


def panel(rule: Rule, request: HttpRequest) -> dict[str, Any]:
    sentence, problem = publish.sentence(rule.recipe, rule.params)
    versions = rule.versions.select_related("published_by").order_by("-number")[:VERSIONS]
    may_stop = stopping.may_stop(request, stopping.Target(rule.store, rule))
    return {
        "rule": rule,
        "stop_url": stopping.stop_url(rule=rule.pk) if may_stop else "",
        "sequences_url": _sequences_url(rule, request),
        "may_copy": request.user.has_perm("rules.add_rule"),
        "sentence": sentence,
        "limits": rule.limits.sentence(),
        "problem": problem,
        "chip": display.chip(rule.get_mode_display(), rule.mode),
        "choices": [
            Choice(mode, str(Rule.Mode(mode).label), meaning, mode == rule.mode)
            for mode, meaning in MEANING.items()
        ],
        "is_behind": is_behind(rule),
        "gaps": capabilities.gaps(rule),
        **rule_people.behind(rule),
        "versions": list(_versions(rule, versions)),
        **rule_setup.panel(rule),
        **_in_shadow(rule),
    }


def _versions(rule: Rule, versions: QuerySet[RuleVersion]) -> Iterator[dict[str, Any]]:
    zone = rule.store.timezone
    for version in versions:
        yield {
            "number": version.number,
            "url": reverse("admin:rules_rule_version", args=[rule.pk, version.number]),
            "is_current": version.pk == rule.version_id,
            "sentence": publish.sentence(version.recipe, version.params)[0],
            "published": display.when(version.published_at, zone),
            "by": version.published_by.get_username() if version.published_by else "",
            "live": display.when(version.live_at, zone) if version.live_at else "",
        }


def is_behind(rule: Rule) -> bool:
    """Whether the form says something else than what runs."""
    if rule.version is None or rule.mode not in {Rule.Mode.LIVE, Rule.Mode.SHADOW}:
        return False
    try:
        return bool(publish.check(rule.recipe, rule.params) != rule.version.params)
    except ValidationError:
        return True

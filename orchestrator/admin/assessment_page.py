"""The parts of an assessment's page: answers beside evidence, gaps with their rules, and how it changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from assessment import links, sets
from assessment.models import Assessment
from assessment.report import report
from orchestrator.admin import assessment_drafts, scope

ATTEMPTS = 6  # columns of the comparison
WORDS = {"yes": "Yes", "no": "No", "unsure": "Not sure", "unseen": "Cannot see", "": "–"}
TONES = {"yes": "good", "no": "muted", "unsure": "warn", "unseen": "muted", "": "muted"}


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    tone: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One question: what the owner said, and what the accounts show."""

    number: int
    text: str
    told: Cell
    seen: Cell | None
    facts: list[str]
    differs: bool


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """How far people came."""

    label: str
    count: int
    share: int  # per cent of those who started
    width: int


def panel(row: Assessment, request: HttpRequest) -> dict[str, Any]:
    told = report(row, {}) if row.result else None
    lines = list(_lines(row))
    recipes = [gap.question.recipe for gap in told.gaps] if told else []
    closings = assessment_drafts.closings(row, recipes)
    return {
        "report": told,
        "lines": lines,
        "differences": [line for line in lines if line.differs],
        "evidence_at": row.evidence_at,
        "is_waiting": row.evidence_wanted_at is not None,
        "gaps": [(gap, closings.get(gap.question.recipe)) for gap in told.gaps] if told else [],
        "can_draft": row.store_id is not None
        and any(each.is_available and each.rule is None for each in closings.values())
        and request.user.has_perm("rules.add_rule"),
        "history": _history(row),
        "private_url": request.build_absolute_uri(reverse("assessment:resume", args=[links.edit_link(row)])),
        "share_url": request.build_absolute_uri(links.share_url(row)) if row.share_key else "",
    }


def gaps_told(row: Assessment) -> SafeString | str:
    """In the order in which to close them."""
    if not row.result:
        return "–"
    titles = [row.questions.question(gap["question"]).title for gap in row.result["gaps"]]
    return format_html_join(mark_safe("<br>"), "{}. {}", enumerate(titles, start=1)) or "none"


def _lines(row: Assessment) -> Iterator[Line]:
    for number, each in enumerate(row.questions.questions, start=1):
        answer = str(row.answers.get(each.slug, ""))
        seen = (row.evidence or {}).get(each.slug)
        shown = seen["answer"] if seen else ""
        yield Line(
            number=number,
            text=str(each.text),
            told=_cell(answer),
            seen=_cell(shown) if seen else None,
            facts=list(seen["facts"]) if seen else [],
            differs=shown in ("yes", "no") and answer != "" and (answer == "yes") != (shown == "yes"),
        )


def _cell(value: str) -> Cell:
    return Cell(text=WORDS.get(value, value), tone=TONES.get(value, "muted"))


def _history(row: Assessment) -> dict[str, Any] | None:
    """The client's results, oldest first, by area and by question; by name, so sets may differ."""
    if row.store_id is None or row.result is None:
        return None
    rows = Assessment.objects.finished().filter(store=row.store_id).order_by("-finished_at", "-pk")[:ATTEMPTS]
    attempts = list(reversed(rows))
    if len(attempts) < 2:
        return None
    questions = row.questions
    return {
        "attempts": attempts,
        "areas": [
            (group.title, [_area(each, group.slug) for each in attempts]) for group in questions.groups
        ],
        "questions": [
            (number, question.text, [_cell(str(each.answers.get(question.slug, ""))) for each in attempts])
            for number, question in enumerate(questions.questions, start=1)
        ],
    }


def _area(row: Assessment, group: str) -> str:
    found = [area for area in (row.result or {}).get("areas", ()) if area["group"] == group]
    return f"{found[0]['yes']} of {found[0]['of']}" if found else "–"


def funnel(page: Any, request: HttpRequest) -> HttpResponse:
    """Started, page by page, finished, asked for the call: as far as this person may see."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    rows = scope.limit(Assessment.objects.all(), "store", request.user)
    context = {
        **page.admin_site.each_context(request),
        "title": "Where people stop",
        "opts": page.opts,
        "stages": list(_stages(rows)),
    }
    return TemplateResponse(request, "admin/assessment/assessment/funnel.html", context)


def _stages(rows: QuerySet[Assessment]) -> Iterator[Stage]:
    names = ["Profile", *(str(group.title) for group in sets.CURRENT.groups[:-1])]
    wanted = {"Started": Q()} | {name: Q(reached__gt=place) for place, name in enumerate(names)}
    wanted |= {"Finished": Q(finished_at__isnull=False), "Asked for the call": Q(audit_request__isnull=False)}
    counts = rows.aggregate(
        **{f"stage{place}": Count("pk", filter=each) for place, each in enumerate(wanted.values())}
    )
    started = counts["stage0"]
    for place, label in enumerate(wanted):
        count = counts[f"stage{place}"]
        share = round(100 * count / started) if started else 0
        yield Stage(label=label, count=count, share=share, width=share * 6)

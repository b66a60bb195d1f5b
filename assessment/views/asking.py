"""The profile and the question pages: each is saved when it is sent, also when something was left out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessment import attempts, links
from assessment.catalog import QuestionSet
from assessment.forms import ProfileForm, QuestionsForm
from assessment.models import Assessment
from assessment.views.door import nothing_here, page, with_link
from assessment.views.start import where


@require_http_methods(["GET", "HEAD", "POST"])
@with_link
def profile(request: HttpRequest, row: Assessment) -> HttpResponse:
    if request.method != "POST":
        return page(request, "profile", row, form=ProfileForm(instance=row), **_progress(row.questions, 1))
    form = ProfileForm(request.POST, instance=Assessment(set_version=row.set_version))
    if not form.is_valid():
        return page(request, "profile", row, form=form, **_progress(row.questions, 1))
    kept = attempts.save_profile(row, form.cleaned_data, timezone.now())
    if kept.finished_at is not None:
        return redirect(where(kept))
    first = kept.questions.groups[0].slug
    return redirect(reverse("assessment:questions", args=[links.edit_link(kept), first]))


@require_http_methods(["GET", "HEAD", "POST"])
@with_link
def questions(request: HttpRequest, row: Assessment, group: str) -> HttpResponse:
    groups = [each.slug for each in row.questions.groups]
    if group not in groups:
        return nothing_here(request)
    number = groups.index(group) + 2
    asked = [(row.questions.number(each.slug), each) for each in row.questions.of(group)]
    form = QuestionsForm(asked, row.answers, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        is_whole = form.is_valid()
        saved = attempts.save_answers(
            row, form.answered(), number if is_whole else row.reached, timezone.now()
        )
        if is_whole:
            return _onward(saved, groups, group)
        row = saved
    context = {**_progress(row.questions, number), "group": row.questions.groups[number - 2]}
    return page(request, "questions", row, form=form, back=_back(row, groups, group), **context)


def _onward(row: Assessment, groups: list[str], group: str) -> HttpResponse:
    """The next page; behind the last one the result, or the first page with something left out."""
    if row.finished_at is None and group != groups[-1]:
        following = groups[groups.index(group) + 1]
        return redirect(reverse("assessment:questions", args=[links.edit_link(row), following]))
    if row.finished_at is None and not attempts.missing(row):
        row = attempts.finish(row, timezone.now())
    return redirect(where(row))


def _back(row: Assessment, groups: list[str], group: str) -> str:
    link, place = links.edit_link(row), groups.index(group)
    if place == 0:
        return reverse("assessment:profile", args=[link])
    return reverse("assessment:questions", args=[link, groups[place - 1]])


def _progress(questions: QuestionSet, number: int) -> dict[str, int]:
    return {"number": number, "pages": len(questions.groups) + 1}

"""Who is under way on an older version of a rule: they finish as they began, move or stop, as staff say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from orchestrator.admin import audit, places
from orchestrator.admin.base import ScopedAdmin
from orchestrator.admin.ledger import LiftForm
from orchestrator.decide import lifting, moving
from orchestrator.models import Enrolment
from rules import registry
from rules.models import Rule


class PeoplePages(ScopedAdmin):
    """GET shows each choice with how many it concerns; POST makes it."""

    def people_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.people_view)
        return [path("<int:object_id>/under-way/", view, name="rules_rule_people")]

    def people_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        rule: Rule = self.object_to_change(request, str(object_id))
        choice = request.POST.get("choice", "")
        form = LiftForm(request.POST if choice == "stop" else None)
        if choice == "move":
            return self._move(request, rule)
        if choice == "stop" and form.is_valid():
            return self._stop(request, rule, form.cleaned_data["because"])
        context = {
            **self.admin_site.each_context(request),
            "title": f"Who is under way: {rule.name}",
            "opts": self.opts,
            "rule": rule,
            "form": form,
            "list_url": places.list_url(Enrolment, rule=rule.pk),
            "back": places.change_url(rule),
            **behind(rule),
        }
        return TemplateResponse(request, "admin/rules/rule/people.html", context)

    def _move(self, request: HttpRequest, rule: Rule) -> HttpResponse:
        by, now = request.user.get_username(), timezone.now()
        version = rule.version.number if rule.version else 0
        told = f"moved {{}} under way on the rule “{rule.name}” to version {version}"
        return self._done(request, rule, told, lambda: moving.move(rule, by=by, now=now))

    def _stop(self, request: HttpRequest, rule: Rule, because: str) -> HttpResponse:
        by, now = request.user.get_username(), timezone.now()
        told = f"stopped {{}} under way on older versions of the rule “{rule.name}”"
        return self._done(request, rule, told, lambda: moving.stop(rule, because=because, by=by, now=now))

    def _done(self, request: HttpRequest, rule: Rule, told: str, do: Callable[[], int]) -> HttpResponse:
        try:
            count = do()
        except lifting.Busy as busy:
            self.message_user(request, str(busy), messages.WARNING)
            return HttpResponseRedirect(request.get_full_path())
        said = told.format("1 person" if count == 1 else f"{count} people")
        if count:
            audit.note(
                request,
                "rule_changed",
                said,
                store_id=rule.store_id,
                rule=rule.name,
                reference=f"rule:{rule.pk}",
            )
        self.message_user(
            request, f"{said[:1].upper()}{said[1:]}." if count else "Nobody is concerned any more."
        )
        return HttpResponseRedirect(places.change_url(rule))


def behind(rule: Rule) -> dict[str, Any]:
    """How many are on the newest version and on older ones, and what each choice concerns."""
    crowds = moving.crowds(rule) if has_steps(rule) else []
    newest = rule.version.number if rule.version else 0
    older = [each for each in crowds if each.version != newest]
    count, can_move = sum(each.count for each in older), sum(each.can_move for each in older)
    return {
        "crowds": crowds,
        "newest": newest,
        "behind": count,
        "can_move": can_move,
        "cannot_move": count - can_move,
    }


def has_steps(rule: Rule) -> bool:
    return hasattr(registry.all_recipes().get(rule.recipe), "decide_step")

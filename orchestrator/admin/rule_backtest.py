"""A rule on the days that were: asking for it, watching it, and reading what came out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from orchestrator import wake
from orchestrator.admin import audit, display, places, rule_backtest_result
from orchestrator.admin.base import ScopedAdmin
from orchestrator.decide import backtests
from orchestrator.models import Backtest
from rules import publish
from rules.models import Rule, RuleVersion

SEE, ASK = "orchestrator.view_backtest", "orchestrator.add_backtest"
SAVED, DRAFT = "form", "_backtest"  # what is saved; the button for what is not
UNSAVED_DAYS = 30
LONGEST = 366  # days
DAYS = [(each, f"the last {each} days") for each in backtests.DAYS]
SHOWN = 20  # versions on offer, and backtests in the list


class BacktestForm(forms.Form):
    """What to play, on which days, and what to compare it with."""

    form = forms.ChoiceField(label="The rule")
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=30)
    other = forms.ChoiceField(
        label="Compared with",
        required=False,
        help_text="Lists exactly whom the change touches. It takes twice as long.",
    )

    def __init__(self, rule: Rule, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._rule = rule
        self._versions = {f"v{each.number}": each for each in rule.versions.order_by("-number")[:SHOWN]}
        known = [(SAVED, "what is saved in its form")]
        known += [(name, f"version {each.number}") for name, each in self._versions.items()]
        if rule.version:
            self._offer_its_own_time(rule.version)
        self.fields["form"].choices = known  # type: ignore[attr-defined]  # it is a ChoiceField
        self.fields["other"].choices = [("", "nothing"), *known]  # type: ignore[attr-defined]

    def _offer_its_own_time(self, version: RuleVersion) -> None:
        """A rule in shadow tells each decision as it comes; this tells what would have followed from them."""
        days = min((timezone.now() - version.published_at).days + 1, LONGEST)
        if days not in backtests.DAYS:
            told = f"since version {version.number} was published ({days} {'day' if days == 1 else 'days'})"
            self.fields["days"].choices = [*DAYS, (days, told)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("form", "other"):
            if cleaned.get(name):
                cleaned[name] = self._checked(name, cleaned[name])
        if cleaned.get("other") and cleaned.get("form") and cleaned["form"][1] == cleaned["other"][1]:
            self.add_error("other", "Both say the same. Choose another one to compare with.")
        return cleaned

    def _checked(self, name: str, chosen: str) -> tuple[str, Any] | None:
        version = self._versions.get(chosen)
        values = version.params if version else self._rule.params
        try:
            values = publish.check(self._rule.recipe, values)
        except ValidationError as error:
            self.add_error(name, f"It cannot run. {publish.said(error)}")
            return None
        return (f"version {version.number}" if version else "the form as saved", values)


class BacktestPages(ScopedAdmin):
    """Whoever may see a client's events may read backtests; asking for one and ending it is an operator's."""

    def backtest_urls(self) -> list[URLPattern]:
        wrap, at = self.admin_site.admin_view, "<int:object_id>/backtests/"
        one = f"{at}<int:number>/"
        return [
            path(at, wrap(self.backtests_view), name="rules_rule_backtests"),
            path(one, require_GET(wrap(self.backtest_view)), name="rules_rule_backtest"),
            path(
                f"{one}cancel/", require_POST(wrap(self.backtest_cancel)), name="rules_rule_backtest-cancel"
            ),
        ]

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        """What is only to be played is checked like everything that is saved, and not saved."""
        if DRAFT not in request.POST:
            super().save_model(request, obj, form, change)
        elif not request.user.has_perm(ASK):
            raise PermissionDenied

    def log_change(self, request: HttpRequest, obj: Rule, message: Any) -> Any:
        return None if DRAFT in request.POST else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Rule) -> HttpResponse:
        """Against what runs, where that is something else."""
        if DRAFT not in request.POST:
            return super().response_change(request, obj)
        running = obj.version if obj.version and obj.version.params != obj.params else None
        other = (f"version {running.number}", running.params) if running else None
        return ask(request, obj, UNSAVED_DAYS, ("the form, not saved", obj.params), other)

    def backtests_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        rule = self._rule_of(request, object_id, SEE if request.method == "GET" else ASK)
        form = BacktestForm(rule, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            cleaned = form.cleaned_data
            return ask(request, rule, cleaned["days"], cleaned["form"], cleaned["other"] or None)
        rows = Backtest.objects.filter(rule=rule).order_by("-pk").defer("result")[:SHOWN]
        context = self._context(request, rule, f"Backtest: {rule.name}") | {
            "form": form if request.user.has_perm(ASK) else None,
            "rows": [_listed(row) for row in rows],
            "is_live": any(row.finished_at is None for row in rows),
            "sentence": publish.sentence(rule.recipe, rule.params)[0],
        }
        return TemplateResponse(request, "admin/rules/rule/backtests.html", context)

    def backtest_view(self, request: HttpRequest, object_id: int, number: int) -> HttpResponse:
        rule = self._rule_of(request, object_id, SEE)
        row = get_object_or_404(Backtest.objects.filter(rule=rule), pk=number)
        context = self._context(request, rule, f"Backtest {row.pk}: {rule.name}") | {
            "row": row,
            "told": _listed(row),
            "is_over": row.finished_at is not None,
            "may_cancel": row.finished_at is None and request.user.has_perm(ASK),
            "known_since": display.when(row.known_since, rule.store.timezone),
            "reached": display.when(row.reached_at, rule.store.timezone) if row.reached_at else "",
            "knows_less": bool(row.known_since and row.known_since > row.since),
        }
        if row.state == Backtest.State.DONE:
            context |= rule_backtest_result.result(row, request)
        return TemplateResponse(request, "admin/rules/rule/backtest.html", context)

    def backtest_cancel(self, request: HttpRequest, object_id: int, number: int) -> HttpResponse:
        rule = self._rule_of(request, object_id, ASK)
        row = get_object_or_404(Backtest.objects.filter(rule=rule), pk=number)
        if backtests.cancel(row, timezone.now()):
            self.message_user(request, "It ends within seconds. Nothing of the client was changed by it.")
            _note(request, rule, f"cancelled a backtest of the rule “{rule.name}”")
        else:
            self.message_user(request, "It was over already.")
        return HttpResponseRedirect(rule_backtest_result.url(row))

    def _rule_of(self, request: HttpRequest, object_id: int, permission: str) -> Rule:
        rule: Rule = self.object_or_404(request, str(object_id))
        if not (self.has_view_permission(request, rule) and request.user.has_perm(permission)):
            raise PermissionDenied
        return rule

    def _context(self, request: HttpRequest, rule: Rule, title: str) -> dict[str, Any]:
        shown = {
            "title": title,
            "opts": self.opts,
            "rule": rule,
            "back": places.change_url(rule),
        }
        return {**self.admin_site.each_context(request), **shown}


def ask(
    request: HttpRequest, rule: Rule, days: int, form: tuple[str, Any], other: tuple[str, Any] | None
) -> HttpResponse:
    """Have it played; asked for twice it is the same one."""
    by = request.user.get_username()
    row = backtests.ask(rule, days, form, other, by=by, now=timezone.now())
    against = f", compared with {row.other_label}" if row.other_label else ""
    _note(request, rule, f"asked for a backtest of the rule “{rule.name}”: {row.label}, {days} days{against}")
    wake.after_commit("play_backtests")
    return HttpResponseRedirect(rule_backtest_result.url(row))


def _note(request: HttpRequest, rule: Rule, told: str) -> None:
    audit.note(
        request, "backtested", told, store_id=rule.store_id, rule=rule.name, reference=f"rule:{rule.pk}"
    )


def _listed(row: Backtest) -> dict[str, Any]:
    days = (row.until - row.since).days
    tones = {"done": "done", "failed": "failed", "cancelled": "skipped", "running": "new"}
    return {
        "url": rule_backtest_result.url(row),
        "what": f"{row.label}{f' against {row.other_label}' if row.other_label else ''}",
        "days": f"{days} days until {row.until:%-d %b %Y}",
        "chip": display.chip(row.get_state_display(), tones.get(row.state, "waiting")),
        "asked": display.when(row.asked_at),
        "by": row.asked_by,
    }

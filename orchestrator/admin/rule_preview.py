"""While a rule is written: its sentence as it would read, and its rows with one more or less."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from orchestrator.admin.base import ConsoleAdmin
from orchestrator.admin.rule_form import PREFIX, RuleForm, form_for
from orchestrator.admin.typed import posted
from orchestrator.admin.typed.fields import DRAWN, MARKED, RowsField
from rules import publish, registry
from rules.models import Rule

WISH = "_wish"
UNFINISHED = "Not complete yet."


class PreviewPages(ConsoleAdmin):
    def preview_urls(self) -> list[URLPattern]:
        view = require_POST(self.admin_site.admin_view(self.preview_view))
        return [path("preview/<str:recipe>/", view, name="rules_rule_preview")]

    def preview_view(self, request: HttpRequest, recipe: str) -> HttpResponse:
        """Reads the form and nothing else: no row of anybody is looked at or written."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        if recipe not in registry.all_recipes():
            raise Http404
        wish = request.POST.get(WISH, "")
        data = posted.changed(request.POST, wish)
        data[DRAWN] = "1"
        form = form_for(recipe)(data, instance=Rule())
        rows = [form[name] for name, field in form.fields.items() if isinstance(field, RowsField)]
        context = {"sentence": sentence(form), "rows": rows, "focus": posted.focus(request.POST, wish)}
        return TemplateResponse(request, "admin/rules/rule/typed/drawn.html", context)


def preview_url(recipe: str) -> str:
    return reverse("admin:rules_rule_preview", args=[recipe]) if recipe else ""


def sentence(form: RuleForm) -> str:
    """The rule as one sentence, or what keeps it from being one."""
    form.is_valid()
    wrong = [name for name in form.errors if name.startswith(PREFIX)]
    if not wrong:
        return publish.sentence(form.recipe, form.instance.params)[0]
    label, problem = form.fields[wrong[0]].label, form.errors[wrong[0]][0]
    return UNFINISHED if problem == MARKED else f"{UNFINISHED} {label}: {problem}"

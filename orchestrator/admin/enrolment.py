"""Who is on their way through a rule's steps, what comes next, and a way to end it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orchestrator.admin import display, places, scope
from orchestrator.admin.base import PanelPage, ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter
from orchestrator.admin.ledger import LiftForm
from orchestrator.decide import ending, lifting
from orchestrator.models import Enrolment, RunLogEntry
from orchestrator.record import telling
from rules import params, reasons, registry, subjects
from rules.models import Rule
from rules.sequences import SequenceRecipe


class StateFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"waiting": "Under way", "done": "Done", "ended": "Ended early"}

    def conditions(self, value: str) -> dict[str, object]:
        """What runs is known by an index that holds it alone."""
        return {"ended_at__isnull": True} if value == "waiting" else {"state": value}


class StepFilter(admin.SimpleListFilter):
    title = "step"
    parameter_name = "step"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = {
            step.name
            for recipe in registry.all_recipes().values()
            if hasattr(recipe, "decide_step")
            for step in cast(SequenceRecipe, recipe).steps(params.clean(recipe, {}))
        }
        return [(name, _words(name)) for name in sorted(found)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
        return queryset.filter(step=self.value()) if self.value() else queryset


class RuleFilter(admin.SimpleListFilter):
    """Rules with steps, of the clients that this person may see."""

    title = "rule"
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        slugs = [each for each, recipe in registry.all_recipes().items() if hasattr(recipe, "decide_step")]
        rules = scope.limit(Rule.objects.filter(recipe__in=slugs), "store", request.user)
        rows = rules.order_by("store__name", "name", "pk").values_list("pk", "store__name", "name")
        return [(str(pk), f"{store}: {name}") for pk, store, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
        chosen = self.value()
        if chosen is None:
            return queryset
        known = {value for value, _ in self.lookup_choices}
        return queryset.filter(rule_id=chosen) if chosen in known else queryset.none()


@admin.register(Enrolment)
class EnrolmentAdmin(PanelPage, ReadOnlyAdmin):
    list_title = "Sequences"
    list_display = ("subject", "client", "rule_name", "step_name", "state_chip", "due", "why")
    list_filter = (StateFilter, ClientFilter, RuleFilter, StepFilter)
    search_fields = ("subject", "reference")
    search_help_text = "Whole e-mail address, telephone number or reference"
    list_select_related = ("store", "rule")
    list_defer = ("change", "rule__params")
    fieldsets = (
        (None, {"fields": ("person", "client_link", "rule_link", "rule_version", "about")}),
        ("Where it stands", {"fields": ("state_chip", "step_name", "due", "why")}),
        ("When", {"fields": ("began", "ended", "history")}),
    )
    change_form_template = "admin/orchestrator/enrolment/change_form.html"
    verbs = ("view", "change")  # change: may end by hand
    keyset_field = "pk"
    empty_list = "Nobody is under way. People appear here when a live rule with steps begins for them."

    def page_title(self, row: Enrolment) -> str:
        return f"{row.rule.name}: {row.subject}"

    def fields_for(self, term: str) -> tuple[str]:
        """One of the two, so that its index serves."""
        return ("subject",) if subjects.typed(term) else ("reference",)

    @admin.display(description="Rule")
    def rule_name(self, row: Enrolment) -> str:
        return row.rule.name

    @admin.display(description="Customer")
    def person(self, row: Enrolment) -> SafeString | str:
        return places.person(row.store_id, row.subject)

    @admin.display(description="About")
    def about(self, row: Enrolment) -> str:
        return telling.thing(row.reference)

    @admin.display(description="Step")
    def step_name(self, row: Enrolment) -> str:
        return _words(row.step)

    @admin.display(description="State")
    def state_chip(self, row: Enrolment) -> SafeString:
        tones = {"waiting": "claimed", "done": "done"}
        return display.chip(row.get_state_display(), tones.get(row.state, ""))

    @admin.display(description="Due")
    def due(self, row: Enrolment) -> SafeString | str:
        is_open = row.state == Enrolment.State.WAITING
        return display.when(row.due_at if is_open else None, row.store.timezone)

    @admin.display(description="Ended because")
    def why(self, row: Enrolment) -> str:
        return reasons.told(row.ended_because) if row.ended_because else "–"

    @admin.display(description="Began")
    def began(self, row: Enrolment) -> SafeString | str:
        return display.when(row.began_at, row.store.timezone)

    @admin.display(description="Ended")
    def ended(self, row: Enrolment) -> SafeString | str:
        return display.when(row.ended_at, row.store.timezone)

    @admin.display(description="Run log")
    def history(self, row: Enrolment) -> SafeString:
        return format_html('<a href="{}">Run log</a>', places.list_url(RunLogEntry, q=row.trace))

    # --- Buttons ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        end = self.admin_site.admin_view(self.end_view)
        return [path("<int:object_id>/end/", end, name="orchestrator_enrolment_end"), *super().get_urls()]

    def panel_context(self, request: HttpRequest, row: Enrolment) -> dict[str, Any]:
        may_end = row.state == Enrolment.State.WAITING and self.has_operate_permission(request)
        return {"end_url": reverse("admin:orchestrator_enrolment_end", args=[row.pk]) if may_end else ""}

    def end_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET says what it does and asks why; POST does it. What was typed stays when that fails."""
        row: Enrolment = self.object_or_404(request, str(object_id))
        if not self.has_operate_permission(request):
            raise PermissionDenied
        form = LiftForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            by, now = request.user.get_username(), timezone.now()
            try:
                mine, because = Enrolment.objects.filter(pk=row.pk), form.cleaned_data["because"]
                is_done = ending.by_hand(mine, row.store_id, because=because, by=by, now=now) > 0
            except lifting.Busy as busy:
                form.add_error(None, str(busy))
            else:
                told = "Ended. Nothing more is sent by it." if is_done else "It was over already."
                self.message_user(request, told, messages.SUCCESS if is_done else messages.WARNING)
                return HttpResponseRedirect(places.change_url(row))
        context = {
            **self.admin_site.each_context(request),
            "title": f"End the sequence of {row.subject}",
            "opts": self.opts,
            "page": row,
            "form": form,
            "told": telling.sequence(row, timezone.now()),
            "back": places.change_url(row),
        }
        return TemplateResponse(request, "admin/orchestrator/enrolment/end.html", context)


def _words(step: str) -> str:
    return step.replace("_", " ").capitalize()

"""Approvals: what waits for a person's yes, whom it would reach with what, and the answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST

from orchestrator.act import approvals
from orchestrator.admin import display, places
from orchestrator.admin.base import PanelPage, ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter
from orchestrator.models import Approval, Enrolment, OutboxAction
from orchestrator.record import telling

SHOWN = 20  # customers on the page
HEAD = mark_safe(
    '<thead><tr><th scope="col">Customer</th><th scope="col">What</th><th scope="col">State</th></tr></thead>'
)
Answer = Approval.Answer
TONES = {Answer.NONE: "pending", Answer.APPROVED: "ok", Answer.REJECTED: "failed", Answer.EXPIRED: "failed"}


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(choices=[(each, each.label) for each in (Answer.APPROVED, Answer.REJECTED)])
    because = forms.CharField(
        max_length=300, required=False, label="Why", help_text="It stands in the run log with your name."
    )


class AnswerFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"open": "Waits for an answer", "answered": "Answered"}

    def conditions(self, value: str) -> dict[str, object]:
        return {"decided_at__isnull": value == "open"}


@admin.register(Approval)
class ApprovalAdmin(PanelPage, ReadOnlyAdmin):
    list_title = "Approvals"
    list_display = ("what", "client", "customers", "asked", "until", "state_chip")
    list_filter = (AnswerFilter, ClientFilter)
    list_select_related = ("store", "rule")
    list_defer = ("rule__params",)
    ordering = ("-asked_at", "-id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "client_link",
                    "rule_link",
                    "about",
                    "why",
                    "customers",
                    "actions",
                    "asked",
                    "until",
                )
            },
        ),
        ("Answer", {"fields": ("state_chip", "who", "because", "decided", "carried_out")}),
        ("Who and what", {"fields": ("waiting",)}),
    )
    actions = ("approve", "reject")
    change_form_template = "admin/orchestrator/approval/change_form.html"
    verbs = ("view", "change")  # change: may answer
    empty_list = "Nothing waits for your yes. Rules with limits ask here before they reach more customers."

    def page_title(self, row: Approval) -> str:
        return self.what(row)

    @admin.display(description="What")
    def what(self, row: Approval) -> str:
        verb = "go live with" if row.about == Approval.About.GOING_LIVE else "send"
        return f"“{row.rule}” wants to {verb} more than it may by itself"

    @admin.display(description="Why it asks")
    def why(self, row: Approval) -> str:
        return f"{row.get_limit_display()}. {row.rule.limits.sentence()}"

    @admin.display(description="Asked", ordering="asked_at")
    def asked(self, row: Approval) -> SafeString | str:
        return display.when(row.asked_at, row.store.timezone)

    @admin.display(description="Answer by", ordering="expires_at")
    def until(self, row: Approval) -> SafeString | str:
        return display.when(row.expires_at, row.store.timezone)

    @admin.display(description="State")
    def state_chip(self, row: Approval) -> SafeString:
        return display.chip(row.get_answer_display(), TONES.get(Answer(row.answer), ""))

    @admin.display(description="By")
    def who(self, row: Approval) -> str:
        return row.decided_by or "–"

    @admin.display(description="Answered")
    def decided(self, row: Approval) -> SafeString | str:
        return display.when(row.decided_at, row.store.timezone)

    @admin.display(description="Carried out")
    def carried_out(self, row: Approval) -> SafeString | str:
        return display.when(row.done_at, row.store.timezone)

    @admin.display(description="The first of them")
    def waiting(self, row: Approval) -> SafeString | str:
        """Customers of the first rows, each with what they would get; a step is decided when it is taken."""
        if row.about == Approval.About.GOING_LIVE:
            return "It is asked about everything that is so now; who is changed is decided when you approve."
        lines = list(_lines(row))
        if not lines:
            return "–"
        body = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", lines)
        rest = f"… and {row.actions - len(lines):,} more" if row.actions > len(lines) else ""
        return format_html('<table class="facts">{}<tbody>{}</tbody></table>{}', HEAD, body, rest)

    # --- Answering ----------------------------------------------------------------------------

    def panel_context(self, request: HttpRequest, row: Approval) -> dict[str, Any]:
        is_open = row.answer == Answer.NONE
        return {"answer_form": AnswerForm()} if is_open and self.has_operate_permission(request) else {}

    def get_urls(self) -> list[URLPattern]:
        view = require_POST(self.admin_site.admin_view(self.answer_view))
        return [
            path("<int:object_id>/answer/", view, name="orchestrator_approval_answer"),
            *super().get_urls(),
        ]

    def answer_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        row: Approval = self.object_or_404(request, str(object_id))
        if not self.has_operate_permission(request):
            raise PermissionDenied
        form = AnswerForm(request.POST)
        if not form.is_valid():
            self.message_user(
                request, "Choose approve or reject; the reason has at most 300 characters.", messages.ERROR
            )
        else:
            self._answer(request, [row], Answer(form.cleaned_data["answer"]), form.cleaned_data["because"])
        return HttpResponseRedirect(places.change_url(row))

    @admin.action(description="Approve", permissions=["operate"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Approval]) -> None:
        self._answer(request, queryset, Answer.APPROVED, "")

    @admin.action(description="Reject", permissions=["operate"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Approval]) -> None:
        self._answer(request, queryset, Answer.REJECTED, "")

    def _answer(self, request: HttpRequest, rows: Any, said: Approval.Answer, because: str) -> None:
        by, now = request.user.get_username(), timezone.now()
        done = [row for row in rows if approvals.answer(row, said, by=by, now=now, because=because)]
        if not done:
            self.message_user(request, "There was nothing to answer any more.", messages.WARNING)
            return
        effect = "What waited goes out now" if said == Answer.APPROVED else "What waited is left out"
        names = ", ".join(f"“{row.rule}”" for row in done)
        self.message_user(request, f"{said.label}: {names}. {effect}.", messages.SUCCESS)


def _lines(row: Approval) -> Iterator[tuple[SafeString | str, str, str]]:
    rows = list(OutboxAction.objects.filter(approval=row).order_by("pk")[:SHOWN])
    for each in rows:
        yield places.person(row.store_id, each.subject), telling.action(each), each.get_state_display()
    steps = Enrolment.objects.filter(approval=row).order_by("pk")
    for step in steps[: SHOWN - len(rows)]:
        yield places.person(row.store_id, step.subject), f"The step “{step.step}”", step.get_state_display()

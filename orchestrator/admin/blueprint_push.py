"""Pushing a blueprint: what differs at each client, a few first, the rest after a look, the way back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import msgspec
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from connectors.models import Store
from orchestrator import blueprints
from orchestrator.admin import audit, places, rule_published, scope
from orchestrator.admin.base import ScopedAdmin
from orchestrator.admin.rule_versions import Difference, differences
from orchestrator.blueprints import Done, Plan, Step
from orchestrator.models import Blueprint, BlueprintPush
from rules import publish
from rules.models import Rule

FEW = 3  # clients that go first
MANY = 25  # that one request pushes to: some seconds, and what is left is offered again


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of one client, as the page shows it."""

    name: str
    told: str
    problem: str
    differences: Sequence[Difference]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One client: whether it is chosen, and what a push would do there."""

    store: Store
    key: str
    is_chosen: bool
    rows: Sequence[Row]
    is_change: bool


class PushPages(ScopedAdmin):
    """GET shows what differs at the clients that are chosen; POST pushes to the first few, or to all."""

    def push_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "orchestrator_blueprint"
        return [
            path("<int:object_id>/push/", wrap(self.push_view), name=f"{name}_push"),
            path("<int:object_id>/refresh/", require_POST(wrap(self.refresh_view)), name=f"{name}_refresh"),
            path("<int:object_id>/back/", require_POST(wrap(self.back_view)), name=f"{name}_back"),
        ]

    def may_push(self, request: HttpRequest, blueprint: Blueprint) -> bool:
        rights = ("rules.add_rule", "rules.change_rule")
        return self.has_change_permission(request, blueprint) and request.user.has_perms(rights)

    def push_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        blueprint = self._to_push(request, object_id)
        if request.method == "POST":
            return self._push(request, blueprint)
        chosen = _numbers(request.GET.getlist("stores"))
        lines = [_line(plan, chosen) for plan in blueprints.plans(blueprint, _stores(request))]
        ready = [line for line in lines if line.is_chosen and line.is_change]
        context = {
            **self.admin_site.each_context(request),
            "title": f"Push “{blueprint}” to clients",
            "opts": self.opts,
            "blueprint": blueprint,
            "lines": lines,
            "chosen": [line for line in lines if line.is_chosen],
            "ready": ready,
            "few": min(FEW, len(ready)),
            "many": min(MANY, len(ready)),
            "back": places.change_url(blueprint),
        }
        return TemplateResponse(request, "admin/orchestrator/blueprint/push.html", context)

    def refresh_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The blueprint says again what its client's rules say; the clients that have it stay as they are."""
        blueprint: Blueprint = self.object_to_change(request, str(object_id))
        known = blueprints.parts(blueprint)
        names = {part.name for part in known}
        found = [part for part in blueprints.parts_of(blueprint.source, known) if part.name in names]
        blueprints.keep(blueprint, found)
        blueprint.save(update_fields=["rules", "updated_at"])
        self.note(request, blueprint, "took over the rules of its client again for")
        told = (
            f"“{blueprint}” says what the rules of {blueprint.source} say now. Push it to bring it to others."
        )
        self.message_user(request, told)
        return HttpResponseRedirect(places.change_url(blueprint))

    def back_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        blueprint = self._to_push(request, object_id)
        rows = scope.limit(BlueprintPush.objects.filter(blueprint=blueprint), "store", request.user)
        key = request.POST.get("push", "")
        row = rows.select_related("store").filter(pk=key).first() if key.isdecimal() else None
        if row is None:
            self.message_user(request, "Choose the push that is to be rolled back.", messages.ERROR)
            return HttpResponseRedirect(places.change_url(blueprint))
        try:
            done, left = blueprints.roll_back(row, now=timezone.now(), by=cast(User, request.user))
        except ValidationError as error:
            done, left = [], [publish.said(error)]
        self._tell(request, row.store, done, f"rolled back the blueprint “{blueprint}” at")
        for sentence in left:
            self.message_user(request, f"{row.store}: {sentence}", messages.WARNING)
        return HttpResponseRedirect(places.change_url(blueprint))

    def note(self, request: HttpRequest, blueprint: Blueprint, verb: str) -> None:
        told = f"{verb} the blueprint “{blueprint}”"
        audit.note(request, "blueprint_changed", told, store_id=blueprint.source_id)

    def _push(self, request: HttpRequest, blueprint: Blueprint) -> HttpResponse:
        keys = dict(each.split(":", 1) for each in request.POST.getlist("plan") if ":" in each)
        chosen = [store for store in _stores(request) if str(store.pk) in keys]
        count = MANY if "all" in request.POST else FEW
        for store in chosen[:count]:
            self._push_to(request, blueprint, store, keys[str(store.pk)])
        if rest := chosen[count:]:
            told = f"Look at what was changed there. {len(rest)} more are waiting for the same."
            self.message_user(request, told)
            query = urlencode({"stores": [store.pk for store in rest]}, doseq=True)
            address = reverse("admin:orchestrator_blueprint_push", args=[blueprint.pk])
            return HttpResponseRedirect(f"{address}?{query}")
        return HttpResponseRedirect(places.change_url(blueprint))

    def _push_to(self, request: HttpRequest, blueprint: Blueprint, store: Store, key: str) -> None:
        try:
            done = blueprints.push(blueprint, store, key, now=timezone.now(), by=cast(User, request.user))
        except ValidationError as error:
            self.message_user(request, f"{store} stays as it is. {publish.said(error)}", messages.ERROR)
        else:
            self._tell(request, store, done, f"pushed the blueprint “{blueprint}” to")

    def _tell(self, request: HttpRequest, store: Store, done: Sequence[Done], verb: str) -> None:
        """To the person in one line, to the run log rule by rule."""
        for each in done:
            audit.note(
                request,
                "rule_changed",
                f"{verb} the rule “{each.name}”: {each.told}",
                store_id=store.pk,
                rule=each.name,
                rule_version=each.version,
                reference=f"rule:{each.rule_id}",
            )
        for rule in Rule.objects.filter(pk__in=[each.rule_id for each in done if each.version]):
            rule_published.follow(rule, timezone.now())
        if done:
            told = "; ".join(f"“{each.name}”: {each.told}" for each in done)
            self.message_user(request, f"{store}: {told}.", messages.SUCCESS)

    def _to_push(self, request: HttpRequest, object_id: int) -> Blueprint:
        blueprint: Blueprint = self.object_to_change(request, str(object_id))
        if not self.may_push(request, blueprint):
            raise PermissionDenied
        return blueprint


def differing(blueprint: Blueprint, stores: Iterable[Store]) -> list[Line]:
    """The clients that do not say what the blueprint says."""
    lines = [_line(plan, frozenset()) for plan in blueprints.plans(blueprint, stores)]
    return [line for line in lines if line.rows]


def _stores(request: HttpRequest) -> list[Store]:
    return list(Store.objects.visible_to(request.user).order_by("name", "pk"))


def _line(plan: Plan, chosen: Iterable[int]) -> Line:
    steps = [*plan.changes, *plan.problems]
    return Line(
        store=plan.store,
        key=f"{plan.store.pk}:{plan.key}",
        is_chosen=plan.store.pk in chosen,
        rows=[_row(step) for step in steps],
        is_change=bool(plan.changes),
    )


def _row(step: Step) -> Row:
    if step.problem:
        return Row(name=step.part.name, told="", problem=step.problem, differences=[])
    if step.before is None:
        return Row(name=step.part.name, told="is made as a draft", problem="", differences=[])
    published = "a new version runs at once" if step.mode in blueprints.RUNNING else "only the form changes"
    found = list(differences(step.part.recipe, step.before, step.after))
    return Row(name=step.part.name, told=f"{step.mode}: {published}", problem="", differences=found)


def _numbers(texts: Iterable[str]) -> frozenset[int]:
    return frozenset(int(text) for text in texts if text.isdecimal())

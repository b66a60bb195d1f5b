"""One version of a rule: what it says, in which ways it differs, and the way back to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import ndiff
from typing import Any

import msgspec
import yaml
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from orchestrator.admin import audit, display, places
from orchestrator.admin.base import ScopedAdmin
from orchestrator.admin.rule_words import label_of, told
from rules import params, publish, registry
from rules.models import Rule, RuleVersion


class Line(msgspec.Struct, frozen=True):
    """``sign`` is "-", "+" or " ", as in a diff."""

    sign: str
    text: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One setting that is not the same on both sides. Structures are told line by line."""

    label: str
    before: str = ""
    after: str = ""
    lines: Sequence[Line] = ()


class VersionPages(ScopedAdmin):
    """*Restore* fills the form with a version; nothing runs differently before that is published."""

    def version_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        at = "<int:object_id>/versions/<int:number>/"
        return [
            path(at, wrap(self.version_view), name="rules_rule_version"),
            path(f"{at}restore/", require_POST(wrap(self.restore_view)), name="rules_rule_restore"),
        ]

    def version_view(self, request: HttpRequest, object_id: int, number: int) -> HttpResponse:
        rule: Rule = self.object_or_404(request, str(object_id))
        if not self.has_view_permission(request, rule):
            raise PermissionDenied
        version = _version(rule, number)
        earlier = rule.versions.filter(number__lt=number).order_by("-number").first()
        context = {
            **self.admin_site.each_context(request),
            "title": f"{rule.name}, version {number}",
            "opts": self.opts,
            "rule": rule,
            "version": version,
            "published": display.when(version.published_at, rule.store.timezone),
            "live": display.when(version.live_at, rule.store.timezone) if version.live_at else "",
            "sentence": publish.sentence(version.recipe, version.params)[0],
            "earlier": earlier,
            "earlier_label": f"Version {earlier.number}" if earlier else "",
            "version_label": f"Version {number}",
            "since": list(differences(rule.recipe, earlier.params, version.params)) if earlier else [],
            "to_form": list(differences(rule.recipe, version.params, rule.params)),
            "is_current": version.pk == rule.version_id,
            "may_restore": self.has_change_permission(request, rule) and version.recipe == rule.recipe,
            "back": places.change_url(rule),
        }
        return TemplateResponse(request, "admin/rules/rule/version.html", context)

    def restore_view(self, request: HttpRequest, object_id: int, number: int) -> HttpResponse:
        rule: Rule = self.object_to_change(request, str(object_id))
        version = _version(rule, number)
        try:
            rule.params = publish.check(version.recipe, version.params)
        except ValidationError as error:
            said = f"Version {number} does not fit its recipe any more, so the form stays as it is. "
            self.message_user(request, said + publish.said(error), messages.ERROR)
            return HttpResponseRedirect(places.change_url(rule))
        rule.save(update_fields=["params", "updated_at"])
        audit.note(
            request,
            "rule_changed",
            f"filled the form of the rule “{rule.name}” with version {number} again",
            store_id=rule.store_id,
            rule=rule.name,
            reference=f"rule:{rule.pk}",
        )
        said = f"The form says what version {number} said. What runs stays as it was until you publish it."
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(places.change_url(rule))


def differences(recipe: str, before: Any, after: Any) -> Iterator[Difference]:
    """In the order of the form; what a recipe no longer asks for comes last."""
    old, new = _settings(before), _settings(after)
    known = registry.all_recipes().get(recipe)
    fields: Mapping[str, forms.Field] = known.Params().fields if known else {}
    for name in dict.fromkeys([*fields, *old, *new]):
        was, is_now = (_value(name, side, fields) for side in (old, new))
        if was != is_now:
            yield _difference(label_of(name, fields.get(name)), was, is_now, fields.get(name))


def _difference(label: str, was: Any, is_now: Any, field: forms.Field | None) -> Difference:
    if isinstance(was, Mapping | list) or isinstance(is_now, Mapping | list):
        found = ndiff(_lines(was), _lines(is_now))
        lines = [Line(each[0], each[2:]) for each in found if each[0] != "?"]
        return Difference(label=label, lines=lines)
    return Difference(label=label, before=told(was, field), after=told(is_now, field))


def _lines(value: Any) -> list[str]:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True).splitlines() if value else []


def _settings(values: Any) -> Mapping[str, Any]:
    return values if isinstance(values, Mapping) else {}


def _value(name: str, settings: Mapping[str, Any], fields: Mapping[str, forms.Field]) -> Any:
    """Left out means the form's default, so that a new setting is no difference."""
    value = settings.get(name, params.to_json(fields[name].initial) if name in fields else None)
    return None if value in ("", [], {}, ()) else value


def _version(rule: Rule, number: int) -> RuleVersion:
    found = rule.versions.select_related("published_by").filter(number=number).first()
    if found is None:
        raise Http404
    return found

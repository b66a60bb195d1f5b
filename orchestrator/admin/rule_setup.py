"""The part of a rule's page about the marketing tool: what it needs there, how far that is, two buttons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from connectors.types import Mailing, SetUp
from orchestrator import wake
from orchestrator.act import setting_up, suppressions
from orchestrator.admin import audit, display, places
from orchestrator.admin.base import ScopedAdmin
from orchestrator.decide import cart_flows
from orchestrator.models import SetUpItem
from rules.facts import CART_FLOWS
from rules.models import Rule
from rules.setting_up import wants

State = SetUpItem.State
TONES = {
    State.DONE: "good",
    State.MAKING: "waiting",
    State.TO_DO: "attention",
    State.MISSING: "attention",
    State.FAILED: "failed",
    State.UNKNOWN: "failed",
}


class SetUpButtons(ScopedAdmin):
    """*Set up* makes what is missing, *Check again* only looks; both go on in the background."""

    def set_up_urls(self) -> list[URLPattern]:
        views = {"set-up": self.set_up_view, "check": self.check_view}
        return [
            path(
                f"<int:object_id>/{name}/",
                require_POST(self.admin_site.admin_view(view)),
                name=f"rules_rule_{name}",
            )
            for name, view in views.items()
        ]

    def set_up_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._ask(request, object_id, make=True)

    def check_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._ask(request, object_id, make=False)

    def _ask(self, request: HttpRequest, object_id: int, *, make: bool) -> HttpResponse:
        rule: Rule = self.object_to_change(request, str(object_id))
        items = setting_up.ask(rule, timezone.now(), make=make)
        if not items:
            told = (
                "There is nothing to set up: no marketing tool is connected, or the rule needs nothing there."
            )
            self.message_user(request, told, messages.WARNING)
            return HttpResponseRedirect(places.change_url(rule))
        wake.after_commit("set_up")
        tool = items[0].connection.label
        asked = "to set up what it needs" if make else "to look again at what it needs"
        told = f"asked {asked} at {tool} (“{rule.name}”)"
        audit.note(
            request,
            "set_up_asked",
            told,
            store_id=rule.store_id,
            rule=rule.name,
            vendor=items[0].connection.vendor,
            reference=f"rule:{rule.pk}",
        )
        doing = "Being set up" if make else "Being looked at"
        self.message_user(
            request, f"{doing} at {tool}. Load this page again in some seconds to see how far it is."
        )
        return HttpResponseRedirect(f"{places.change_url(rule)}#set-up")


def panel(rule: Rule) -> dict[str, Any]:
    """For the template; nothing for rules that do not speak through a marketing tool."""
    things = setting_up.things(rule)
    looks_for_flows = CART_FLOWS in wants(rule.recipe, rule.params)
    if not things and not looks_for_flows:
        return {}
    connection = suppressions.account_of(rule.store)
    items = {item.key: item for item in SetUpItem.objects.filter(rule=rule, connection=connection)}
    zone = rule.store.timezone
    checked = max((item.checked_at for item in items.values() if item.checked_at), default=None)
    return {
        "set_up": {
            "tool": connection.label if connection else "",
            "groups": [_group(thing, items.get(key)) for key, thing in things.items()],
            "checked": display.when(checked, zone) if checked else "",
            "is_under_way": any(item.due_at and item.is_asked for item in items.values()),
            "cart_flows": cart_flows.names(connection) if connection and looks_for_flows else (),
        }
    }


def _group(thing: SetUp, item: SetUpItem | None) -> dict[str, Any]:
    state = State(item.state) if item else State.UNSEEN
    return {
        "kind": thing.channel if isinstance(thing, Mailing) else "segment",
        "name": thing.metric if isinstance(thing, Mailing) else thing.name,
        "chip": display.chip(state.label, TONES.get(state, "")),
        "trouble": item.trouble if item else "",
        "lines": list(_lines(item.findings)) if item else [],
    }


def _lines(findings: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in findings:
        missing = "Press “Set up”." if each["ours"] else each["to_do"]
        yield {
            "what": each["what"],
            "chip": display.chip("Done", "good") if each["is_done"] else display.chip("To do", "attention"),
            "told": each["told"],
            "to_do": "" if each["is_done"] else missing,
        }

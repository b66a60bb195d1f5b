"""A rule is tried out, on a sample or on what was heard: what it would do is told, and nothing is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from connectors.models import Store
from connectors.types import Transition
from orchestrator.admin import display, places, readable, scenario, scope
from orchestrator.decide import rehearsing, samples
from orchestrator.decide.rehearsing import Outcome
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent
from orchestrator.record import telling
from rules import publish, reasons
from rules.compiled import CompiledRule
from rules.decision import No
from rules.models import Rule
from rules.sentences import TRANSITIONS

RECENT = 10  # recorded events on offer
KINDS = {"stock": "product"}  # what a change is about, where it is not named so
BUYER = ("orders_before", "country", "region", "accepts", "has_ticket")
ASKED: Mapping[str, Sequence[str]] = {
    "ticket": ("subject", "channel", "tags", "orders_before", "amount", "currency"),
    "order": ("amount", "currency", *BUYER),
    "cart": ("amount", "currency", "stock", *BUYER),
    "stock": ("stock",),
    "product": (),
    "customer": ("orders_before", "amount", "currency", "country", "region", "tags"),
    "return": BUYER,
}


class SaidForm(forms.Form):
    """What staff say about a sample; the fields that a change of this kind has no use for are left out."""

    amount = forms.DecimalField(min_value=0, max_digits=12, decimal_places=2, label="Worth")
    currency = forms.RegexField(
        r"\A[A-Z]{3}\Z", error_messages={"invalid": "Needs three capital letters, such as USD."}
    )
    stock = forms.IntegerField(min_value=-10_000, max_value=1_000_000, label="Left in stock")
    subject = forms.CharField(max_length=200, required=False)
    channel = forms.CharField(max_length=30, required=False)
    tags = forms.CharField(max_length=200, required=False, help_text="With commas between.")
    orders_before = forms.IntegerField(
        min_value=0,
        max_value=50,
        label="Orders before",
        help_text="How often the customer has bought; 0: never.",
    )
    country = forms.RegexField(
        r"\A[A-Z]{2}\Z", required=False, error_messages={"invalid": "Needs two capital letters, such as US."}
    )
    region = forms.CharField(max_length=10, required=False, help_text="Such as CA.")
    accepts = forms.BooleanField(required=False, label="Has agreed to e-mail and text messages")
    has_ticket = forms.BooleanField(required=False, label="Has an open ticket")

    def __init__(self, kind: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields = {name: self.fields[name] for name in ASKED[kind]}

    def said(self, usual: samples.Said) -> samples.Said:
        """Once valid: what was typed, and the usual of everything else."""
        values = dict(self.cleaned_data)
        if "tags" in values:
            values["tags"] = tuple(each.strip() for each in values["tags"].split(",") if each.strip())
        return msgspec.structs.replace(usual, **values)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that would be done, or one no."""

    told: str
    because: str
    seen: str
    at: SafeString | str = ""
    step: str = ""
    tool: str = ""
    note: str = ""
    given: SafeString | str = ""
    call: str = ""


def page(request: HttpRequest, rule_id: int) -> HttpResponse:
    """GET only: trying something out changes nothing, so an address can be passed on."""
    rule = _rule(request, rule_id)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Try out “{rule.name}”",
        "rule": rule,
        "back": places.change_url(rule),
    }
    try:
        compiled = publish.compiled(rule, mode=Rule.Mode.SHADOW)
    except ValidationError as error:
        context["problem"] = publish.said(error)
    else:
        context |= {"sentence": compiled.recipe.sentence(compiled.params), **_tried(request, rule, compiled)}
    return TemplateResponse(request, "admin/rules/rule/try.html", context)


def url(rule: Rule, **asked: str | int) -> str:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return reverse("admin:rule_try", args=[rule.pk]) + (f"?{query}" if query else "")


def _rule(request: HttpRequest, rule_id: int) -> Rule:
    rows = Rule.objects.filter(store__in=Store.objects.visible_to(request.user))
    rule = get_object_or_404(rows.select_related("store"), pk=rule_id)
    if not request.user.has_perm("rules.view_rule"):
        raise PermissionDenied
    return rule


def _tried(request: HttpRequest, rule: Rule, compiled: CompiledRule) -> dict[str, Any]:
    offered = rehearsing.heard(compiled)
    if not offered:
        return {"problem": "It hears nothing yet: name the change that starts it, and save."}
    event = _event(request, rule)
    asked = request.GET.get("what", "")
    chosen = Transition(asked) if asked in offered else offered[0]
    found = {
        "samples": [
            (TRANSITIONS[each], url(rule, what=each), not event and each == chosen) for each in offered
        ],
        "recent": [_offer(rule, each, event) for each in _recent(rule, offered)],
        "zone": rule.store.timezone,
    }
    return found | (
        _on_event(rule, compiled, event) if event else _on_sample(request, rule, compiled, chosen)
    )


def _on_sample(
    request: HttpRequest, rule: Rule, compiled: CompiledRule, chosen: Transition
) -> dict[str, Any]:
    kind = chosen.partition(".")[0]
    usual = _usual(rule, kind)
    first = {**msgspec.structs.asdict(usual), "tags": ", ".join(usual.tags)}
    form = SaidForm(kind, request.GET if "go" in request.GET else None, initial=first)
    if form.is_bound and not form.is_valid():
        return {"form": form, "chosen": chosen}
    said = form.said(usual) if form.is_bound else usual
    outcome = rehearsing.sample(rule.store, compiled, chosen, said, timezone.now())
    real = scenario.offer(rule, chosen) if request.user.has_perm(scenario.MAY) else {}
    return {"form": form, "chosen": chosen, "lines": _lines(rule, outcome), **real}


def _usual(rule: Rule, kind: str) -> samples.Said:
    stock = 0 if kind == "stock" else 12
    return samples.Said(currency=rule.store.currency or "USD", country=rule.store.country, stock=stock)


def real(request: HttpRequest, rule_id: int) -> HttpResponse:
    """The sample is played at the sandbox (POST), and what followed is shown (GET)."""
    rule = _rule(request, rule_id)
    if request.method != "POST":
        return scenario.shown(request, rule)
    asked = request.POST.get("what", "")
    if asked not in list(Transition):
        return HttpResponseRedirect(url(rule))
    chosen = Transition(asked)
    kind = chosen.partition(".")[0]
    form = SaidForm(kind, request.POST)
    if not form.is_valid():
        messages.error(request, "Correct the sample first: press “Try”, and see what is marked.")
        return HttpResponseRedirect(url(rule, what=chosen))
    return scenario.play(request, rule, chosen, form.said(_usual(rule, kind)))


def _on_event(rule: Rule, compiled: CompiledRule, event: InboxEvent) -> dict[str, Any]:
    snapshot = inbox.read_body(bytes(event.body))
    told = [each for each in rehearsing.transitions(event) if each in compiled.hears]
    if not told:
        return {"event": event, "unheard": "It told nothing that this rule hears."}
    outcomes = [rehearsing.recorded(rule.store, compiled, event, snapshot, each) for each in told]
    return {"event": event, "lines": [line for each in outcomes for line in _lines(rule, each)]}


def _event(request: HttpRequest, rule: Rule) -> InboxEvent | None:
    asked = request.GET.get("event", "")
    if not asked.isdecimal():
        return None
    rows = scope.limit(InboxEvent.objects.filter(store=rule.store_id), "store", request.user)
    return get_object_or_404(rows.select_related("connection"), pk=asked)


def _recent(rule: Rule, offered: Sequence[Transition]) -> Sequence[InboxEvent]:
    kinds = {KINDS.get(name, name) for name in (each.partition(".")[0] for each in offered)}
    rows = InboxEvent.objects.filter(store=rule.store_id, kind__in=kinds).select_related("connection")
    return list(rows.defer("body").order_by("-id")[:RECENT])


def _offer(
    rule: Rule, event: InboxEvent, chosen: InboxEvent | None
) -> tuple[str, SafeString | str, str, bool]:
    told = telling.thing(f"{event.connection.vendor}:{event.kind}:{event.object_id}")
    when = display.when(event.source_at, rule.store.timezone)
    return told, when, url(rule, event=event.pk), chosen is not None and chosen.pk == event.pk


def _lines(rule: Rule, outcome: Outcome) -> list[Shown]:
    return [*(_effect(rule, each) for each in outcome.effects), *(_no(each) for each in outcome.noes)]


def _effect(rule: Rule, effect: rehearsing.Effect) -> Shown:
    call = effect.call
    return Shown(
        told=effect.told,
        because=effect.because,
        seen=_seen(effect.seen),
        at=display.when(effect.at, rule.store.timezone),
        step=effect.step,
        tool=effect.tool,
        note=" ".join(_notes(effect)),
        given=readable.facts(dict(effect.arguments)) if effect.arguments else "",
        call=f"{call.method} {call.url}\n{call.body}".strip() if call else "",
    )


def _notes(effect: rehearsing.Effect) -> Iterator[str]:
    if turn := effect.turn:
        clock = f"{turn.zone}, of the {turn.zone_source}" if turn.zone_source != "utc" else "UTC"
        yield f"It waits until then: {reasons.told(turn.reason)} (clock: {clock})."
    if not effect.is_connected:
        yield f"There is no {effect.tool} connection yet: it would not be sent."
    if effect.call and effect.call.is_lookup:
        yield f"It looks at {effect.tool} first; what is sent then depends on the answer."


def _no(no: No) -> Shown:
    why = reasons.told(no.reason)
    told = (
        f"It would wait, and you would be told: {why}" if no.is_unreadable else f"{why[:1].upper()}{why[1:]}"
    )
    return Shown(told=told, because="", seen=_seen(no.seen), note="no")


def _seen(values: Mapping[str, Any]) -> str:
    """As the run log would tell it: there a list is a list, whatever it was."""
    return telling.seen(msgspec.json.decode(msgspec.json.encode(values))).strip()

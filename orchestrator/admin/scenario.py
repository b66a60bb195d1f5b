"""A sample for real: what it tells is done at the sandbox, and everything that follows is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode

from connectors import stand_in
from connectors.models import Connection, Store
from connectors.stand_in import NotThere, StandIn
from connectors.types import Transition
from orchestrator import wake
from orchestrator.admin import audit, display, places
from orchestrator.decide import samples
from orchestrator.models import RunLogEntry
from orchestrator.record import telling
from rules.models import Rule
from rules.sentences import TRANSITIONS

LEFT_FOR = timedelta(minutes=70)  # longer ago than a cart has to be left
MOST = 200  # lines that are shown
MAY = "rules.change_rule"


class Stage:
    """One customer nobody has met, at the sandbox that stands in for a client's tools."""

    def __init__(self, store: Store) -> None:
        rows = list(Connection.objects.filter(store=store, is_enabled=True))
        self.url = stand_in.address(rows)
        self.email = f"sample.{uuid4().hex[:8]}@example.com"
        self._by_role = {row.role: row for row in rows}
        self._fake = StandIn(self.url)

    def do(self, role: str, verb: str, /, **fields: Any) -> Any:
        return self._fake.do(self._connection(role), verb, **fields)

    def variant(self) -> Mapping[str, Any]:
        """What is bought: the first product there is, or one that is made for it."""
        shop = self._connection(samples.STOREFRONT)
        known = self._fake.state(shop)["products"]
        made = known[0] if known else self.do(samples.STOREFRONT, "product_create", title="Sample product")
        first = made["variants"][0]
        return {"product": made["id"], "variant": first["id"] if isinstance(first, dict) else first}

    def lines(self) -> list[dict[str, Any]]:
        return [{"variant_id": self.variant()["variant"], "quantity": 1}]

    def is_known_to_marketing(self) -> None:
        """Somebody who can be held and written to."""
        if samples.MARKETING in self._by_role:
            self.do(samples.MARKETING, "profile_create", email=self.email)

    def reference(self, role: str, kind: str, number: object) -> str:
        return f"{self._connection(role).vendor}:{kind}:{number}"

    def _connection(self, role: str) -> Connection:
        found = self._by_role.get(role)
        if found is None:
            raise NotThere(f"This client has no {role} connection, and it would happen there.")
        return found


# --- What is done there, by kind; each answers what it was done to --------------------------------------


def _ticket(stage: Stage, transition: Transition, said: samples.Said) -> str:
    asked = {"customer": {"email": stage.email}, "subject": said.subject, "channel": said.channel or "email"}
    number = stage.do(samples.HELPDESK, "ticket_open", tags=list(said.tags), **asked)["id"]
    if transition is Transition.TICKET_CLOSED:
        stage.do(samples.HELPDESK, "ticket_close", id=number)
    if transition is Transition.TICKET_CHANGED:
        stage.do(samples.HELPDESK, "ticket_reply", id=number)
    return stage.reference(samples.HELPDESK, "ticket", number)


def _order(stage: Stage, transition: Transition, said: samples.Said) -> str:
    number = _bought(stage, said, "pending" if transition is Transition.ORDER_PLACED else "paid")
    verb = {
        Transition.ORDER_FULFILLED: "order_fulfill",
        Transition.ORDER_CANCELLED: "order_cancel",
        Transition.ORDER_REFUNDED: "order_refund",
    }.get(transition)
    if transition is Transition.ORDER_DELAYED:
        raise NotThere("That an order is delayed comes with a poll, not at once. Choose another change.")
    if verb:
        stage.do(samples.STOREFRONT, verb, id=number)
    return stage.reference(samples.STOREFRONT, "order", number)


def _cart(stage: Stage, transition: Transition, said: samples.Said) -> str:
    left = timezone.now() - (LEFT_FOR if transition is Transition.CART_ABANDONED else timedelta())
    cart = {"email": stage.email, "line_items": stage.lines(), "total_price": str(said.amount)}
    made = stage.do(samples.STOREFRONT, "checkout_abandon", created_at=left.isoformat(), **cart)
    if transition is Transition.CART_RECOVERED:
        stage.do(samples.STOREFRONT, "checkout_complete", id=made["id"])
    return stage.reference(samples.STOREFRONT, "cart", made.get("token", made["id"]))


def _stock(stage: Stage, transition: Transition, said: samples.Said) -> str:
    product = stage.variant()["product"]
    stage.do(samples.STOREFRONT, "stock_set", id=product, available=said.stock)
    return stage.reference(samples.STOREFRONT, "product", product)


def _return(stage: Stage, transition: Transition, said: samples.Said) -> str:
    number = _bought(stage, said, "paid")
    stage.do(samples.STOREFRONT, "order_fulfill", id=number)
    made = stage.do(samples.STOREFRONT, "return_request", order_id=number)["id"]
    if transition in (Transition.RETURN_APPROVED, Transition.RETURN_CLOSED):
        stage.do(samples.STOREFRONT, "return_approve", id=made)
    if transition is Transition.RETURN_CLOSED:
        stage.do(samples.STOREFRONT, "return_close", id=made)
    return stage.reference(samples.STOREFRONT, "return", made)


def _bought(stage: Stage, said: samples.Said, status: str) -> Any:
    where = {"country_code": said.country, "province_code": said.region} if said.country else None
    asked: dict[str, Any] = {"email": stage.email, "line_items": stage.lines()}
    asked["total_price"] = str(said.amount)
    if where:
        asked["shipping_address"] = where
    return stage.do(samples.STOREFRONT, "order_create", financial_status=status, **asked)["id"]


PLAYS: Mapping[str, Callable[[Stage, Transition, samples.Said], str]] = {
    "ticket": _ticket,
    "order": _order,
    "cart": _cart,
    "stock": _stock,
    "return": _return,
}


def can_play(transition: Transition) -> bool:
    return transition.partition(".")[0] in PLAYS


def offer(rule: Rule, transition: Transition) -> dict[str, Any]:
    """What the page offers: a button, or one line that says how it would be offered."""
    url = stand_in.address(Connection.objects.filter(store=rule.store_id, is_enabled=True))
    return {
        "is_offered": True,
        "sandbox": url,
        "can_play": can_play(transition),
        "scenario_url": reverse("admin:rule_scenario", args=[rule.pk]),
        "is_running": rule.mode in (Rule.Mode.LIVE, Rule.Mode.SHADOW),
    }


# --- The pages -------------------------------------------------------------------------------------------


def play(request: HttpRequest, rule: Rule, transition: Transition, said: samples.Said) -> HttpResponse:
    """POST: it happens at the sandbox, and the tools are asked at once where they tell of nothing."""
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    stage, now = Stage(rule.store), timezone.now()
    if not stage.url:
        return _back(request, rule, transition, "Not all of this client's tools are at one running sandbox.")
    if not can_play(transition):
        return _back(request, rule, transition, "That cannot be done at the sandbox. Choose another change.")
    try:
        stage.is_known_to_marketing()
        reference = PLAYS[transition.partition(".")[0]](stage, transition, said)
    except NotThere as error:
        return _back(request, rule, transition, str(error))
    told = f"played “{TRANSITIONS[transition]}” on the sandbox, to try out the rule “{rule.name}”"
    about = {"rule": rule.name, "reference": f"rule:{rule.pk}"}
    audit.note(request, "scenario_played", told, store_id=rule.store_id, **about)
    Connection.objects.filter(store=rule.store_id, is_enabled=True).update(next_poll_at=None)
    wake.after_commit("poll")
    asked = {"email": stage.email, "about": reference, "since": now.isoformat()}
    return HttpResponseRedirect(f"{reverse('admin:rule_scenario', args=[rule.pk])}?{urlencode(asked)}")


def shown(request: HttpRequest, rule: Rule) -> HttpResponse:
    """GET: all that the run log says of this customer and this thing since then."""
    since = parse_datetime(request.GET.get("since", "")) or timezone.now()
    email, about = request.GET.get("email", ""), request.GET.get("about", "")
    entries = RunLogEntry.objects.filter(store=rule.store_id, at__gte=since).exclude(kind="staff")
    mine = [each for each in entries.order_by("pk")[: 10 * MOST] if _is_about(each, email, about)]
    context = {
        **admin.site.each_context(request),
        "title": f"What happened: {rule.name}",
        "rule": rule,
        "back": places.change_url(rule),
        "email": email,
        "customer_url": places.customer_url(rule.store_id, email) if "@" in email else "",
        "lines": [
            (
                telling.logged(each),
                display.chip(each.get_outcome_display(), each.outcome),
                display.when(each.at, rule.store.timezone, seconds=True),
                list(telling.noes(each)),
            )
            for each in mine[:MOST]
        ],
    }
    return TemplateResponse(request, "admin/rules/rule/scenario.html", context)


def _is_about(entry: RunLogEntry, email: str, about: str) -> bool:
    return bool(email and entry.subject == email) or bool(about and entry.reference == about)


def _back(request: HttpRequest, rule: Rule, transition: Transition, why: str) -> HttpResponse:
    messages.error(request, why)
    return HttpResponseRedirect(f"{reverse('admin:rule_try', args=[rule.pk])}?what={transition.value}")

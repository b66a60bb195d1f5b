"""The stage of a scenario: one customer nobody has met, and what is done there, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.utils import timezone

from connectors import stand_in
from connectors.models import Connection, Store
from connectors.stand_in import NotThere, StandIn
from connectors.types import Transition
from orchestrator.decide import samples

LEFT_FOR = timedelta(minutes=70)  # longer ago than a cart has to be left
LONG_AGO = timedelta(days=30)
BUYERS = ("ticket", "order", "cart", "customer", "return")  # kinds of samples that are about a person


class Stage:
    """At the sandbox that stands in for a client's tools. Everything it does may raise NotThere."""

    def __init__(self, store: Store) -> None:
        rows = list(Connection.objects.filter(store=store, is_enabled=True))
        self.url = stand_in.address(rows)
        self.email = f"sample.{uuid4().hex[:8]}@example.com"
        self.person: Any = None  # their number in the shop, where it knows them
        self._by_role = {row.role: row for row in rows}
        self._fake = StandIn(self.url)

    def do(self, role: str, verb: str, /, **fields: Any) -> Any:
        return self._fake.do(self._connection(role), verb, **fields)

    def has(self, role: str) -> bool:
        return role in self._by_role

    @cached_property
    def product(self) -> Mapping[str, Any]:
        """What it is about: the first product there is, or one that is made for it."""
        known = self._fake.state(self._connection(samples.STOREFRONT))["products"]
        return known[0] if known else self.new_product(samples.ENOUGH)

    def new_product(self, stock: int) -> Mapping[str, Any]:
        variants = [{"inventory_quantity": stock}]
        made: Mapping[str, Any] = self.do(
            samples.STOREFRONT, "product_create", title="Sample product", variants=variants
        )
        return made

    def lines(self, product: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        first = (product or self.product)["variants"][0]
        return [{"variant_id": first["id"] if isinstance(first, dict) else first, "quantity": 1}]

    def reference(self, role: str, kind: str, number: object) -> str:
        return f"{self._connection(role).vendor}:{kind}:{number}"

    def _connection(self, role: str) -> Connection:
        found = self._by_role.get(role)
        if found is None:
            raise NotThere(f"This client has no {role} connection, and it would happen there.")
        return found


def play(stage: Stage, transition: Transition, said: samples.Said) -> str:
    """Do it, after what was before; answers what it was done to."""
    kind = transition.partition(".")[0]
    if stage.has(samples.MARKETING):
        stage.do(samples.MARKETING, "profile_create", email=stage.email)  # who can be held and written to
    if kind in BUYERS:
        _background(stage, said)
    act = PLAYS.get(transition) or PLAYS[kind]
    return act(stage, transition, said)


def _background(stage: Stage, said: samples.Said) -> None:
    """The buyer as the shop knows them, what they bought long ago, and a ticket if there is one."""
    if stage.has(samples.STOREFRONT):
        consent = {"state": "subscribed" if said.accepts else "unsubscribed"}
        consents = {"email_marketing_consent": consent, "sms_marketing_consent": consent}
        asked = {"tags": ", ".join(said.tags), "default_address": _address(said), **consents}
        stage.person = stage.do(samples.STOREFRONT, "customer_create", email=stage.email, **asked)["id"]
        for number in range(said.orders_before):
            _bought(stage, said, "paid", timezone.now() - LONG_AGO + timedelta(hours=number))
    if said.has_ticket:
        _ticket(stage, Transition.TICKET_OPENED, said)


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
    verbs: dict[Transition, tuple[str, dict[str, str]]] = {
        Transition.ORDER_FULFILLED: ("order_fulfill", {}),
        Transition.ORDER_CANCELLED: ("order_cancel", {}),
        Transition.ORDER_REFUNDED: ("order_refund", {}),
        Transition.ORDER_DELAYED: ("order_update", {"fulfillment_status": "on_hold"}),
    }
    if transition in verbs:
        verb, fields = verbs[transition]
        stage.do(samples.STOREFRONT, verb, id=number, **fields)
    return stage.reference(samples.STOREFRONT, "order", number)


def _cart(stage: Stage, transition: Transition, said: samples.Said) -> str:
    left = timezone.now() - (LEFT_FOR if transition is Transition.CART_ABANDONED else timedelta())
    lines = stage.lines(stage.new_product(said.stock))
    cart = {"email": stage.email, "line_items": lines, "total_price": str(said.amount)}
    made = stage.do(samples.STOREFRONT, "checkout_abandon", created_at=left.isoformat(), **cart)
    if transition is Transition.CART_RECOVERED:
        stage.do(samples.STOREFRONT, "checkout_complete", id=made["id"])
    return stage.reference(samples.STOREFRONT, "cart", made.get("token", made["id"]))


def _stock(stage: Stage, transition: Transition, said: samples.Said) -> str:
    product = stage.product["id"]
    stage.do(samples.STOREFRONT, "stock_set", id=product, available=said.stock)
    return stage.reference(samples.STOREFRONT, "product", product)


def _product(stage: Stage, transition: Transition, said: samples.Said) -> str:
    product, title = stage.product["id"], f"{stage.product['title']}, new edition"
    stage.do(samples.STOREFRONT, "product_update", id=product, title=title[-200:])
    return stage.reference(samples.STOREFRONT, "product", product)


def _view(stage: Stage, transition: Transition, said: samples.Said) -> str:
    """In the words of the shop's own integration with the marketing tool."""
    seen = {"product_id": str(stage.product["id"]), "title": stage.product["title"]}
    made = stage.do(samples.MARKETING, "product_view", email=stage.email, **seen)
    return stage.reference(samples.MARKETING, "view", made["id"])


def _customer(stage: Stage, transition: Transition, said: samples.Said) -> str:
    if transition is Transition.CUSTOMER_MERGED:
        kept = stage.do(samples.STOREFRONT, "customer_create", email=f"also.{stage.email}")
        stage.do(samples.STOREFRONT, "customer_merge", id=stage.person, into_id=kept["id"])
    else:
        tags = ", ".join((*said.tags, "new"))
        stage.do(samples.STOREFRONT, "customer_update", id=stage.person, tags=tags)
    return stage.reference(samples.STOREFRONT, "customer", stage.person)


def _return(stage: Stage, transition: Transition, said: samples.Said) -> str:
    number = _bought(stage, said, "paid")
    stage.do(samples.STOREFRONT, "order_fulfill", id=number)
    made = stage.do(samples.STOREFRONT, "return_request", order_id=number)["id"]
    if transition in (Transition.RETURN_APPROVED, Transition.RETURN_CLOSED):
        stage.do(samples.STOREFRONT, "return_approve", id=made)
    if transition is Transition.RETURN_CLOSED:
        stage.do(samples.STOREFRONT, "return_close", id=made)
    return stage.reference(samples.STOREFRONT, "return", made)


def _bought(stage: Stage, said: samples.Said, status: str, at: datetime | None = None) -> Any:
    asked: dict[str, Any] = {
        "email": stage.email,
        "line_items": stage.lines(),
        "total_price": str(said.amount),
    }
    if at:
        asked |= {"created_at": at.isoformat(), "fulfillment_status": "fulfilled"}
    if where := _address(said):
        asked["shipping_address"] = where
    return stage.do(samples.STOREFRONT, "order_create", financial_status=status, **asked)["id"]


def _address(said: samples.Said) -> dict[str, str] | None:
    return {"country_code": said.country, "province_code": said.region} if said.country else None


PLAYS: Mapping[str, Callable[[Stage, Transition, samples.Said], str]] = {
    "ticket": _ticket,
    "order": _order,
    "cart": _cart,
    "stock": _stock,
    "product": _product,
    Transition.PRODUCT_VIEWED: _view,
    "customer": _customer,
    "return": _return,
}

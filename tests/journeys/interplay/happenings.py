"""What can happen to one person and around them, step by step, as Hypothesis chooses."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connectors.sandbox import faults
from connectors.sandbox.refusal import Refusal
from connectors.sandbox.server import Sandbox
from tests.chaos.truth import Openings
from tests.journeys.interplay import truth
from tests.journeys.interplay.house import House

ANA, HOME = "ana@shop.test", "ana@home.test"  # two records of one person, until the shop merges them
BOOTS, VARIANT = 7, 71
YES = {"state": "subscribed"}
NEW_YORK = {"country_code": "US", "province_code": "NY"}


def _customer(number: int, email: str) -> dict[str, Any]:
    consent = {"email_marketing_consent": YES, "sms_marketing_consent": YES}
    phone = f"+1555123456{number}"
    return {"id": number, "email": email, "phone": phone, "default_address": NEW_YORK, **consent}


def _product(number: int, title: str, stock: int) -> dict[str, Any]:
    variants = [{"id": 10 * number + 1, "price": "120.00", "inventory_quantity": stock}]
    return {"id": number, "title": title, "product_type": "Shoes", "variants": variants}


SALE = {"name": "Sale", "subject": "New", "tags": ["product:7"], "audiences": {"included": ["News"]}}
SEED: dict[str, Any] = {
    "shopify": {
        "customers": [_customer(1, ANA), _customer(2, HOME)],
        "products": [_product(BOOTS, "Boots", 20), _product(8, "Laces", 500)],
    },
    "gorgias": {"teams": [{"name": "West"}]},
    "klaviyo": {
        "profiles": [{"email": ANA}, {"email": HOME}],
        "lists": [{"name": "News", "members": [ANA]}],
        "campaigns": [SALE],
    },
}
emails = st.sampled_from([ANA, HOME])
which = st.integers(0, 3)


class Happenings(RuleBasedStateMachine):
    """Beside the vendors' own state it keeps only when something came about."""

    lives_in: type[House] = House

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.house = self.lives_in(sandbox, SEED)
        self.openings = Openings()
        self.is_merged = False
        self.left: Counter[str] = Counter()  # how often each cart was, by its link
        self.sold_out_since: datetime | None = None

    @rule(email=emails, is_return=st.booleans())
    def opens_ticket(self, email: str, is_return: bool) -> None:
        subject = truth.ABOUT_RETURN if is_return else "Where is my parcel?"
        fields = {"customer": {"email": email}, "subject": subject, "channel": "email"}
        self.openings.note(self.house.do("gorgias", "ticket_open", **fields))

    @precondition(lambda self: self.openings.is_open)
    @rule(which=which, verb=st.sampled_from(["close", "close", "reopen", "reply"]))
    def ticket_changes(self, which: int, verb: str) -> None:
        known = list(self.openings.is_open)
        self.openings.note(self.house.do("gorgias", f"ticket_{verb}", id=known[which % len(known)]))

    @rule(email=emails, quantity=st.sampled_from([1, 1, 5]), is_paid=st.booleans())
    def buys(self, email: str, quantity: int, is_paid: bool) -> None:
        lines = [{"variant_id": VARIANT, "quantity": quantity}]
        status = "paid" if is_paid else "pending"
        self.house.do("shopify", "order_create", email=email, line_items=lines, financial_status=status)

    @rule(which=which, verb=st.sampled_from(["pay", "fulfill", "refund", "cancel"]))
    def order_changes(self, which: int, verb: str) -> None:
        self.happens_to("orders", which, f"order_{verb}")

    @rule(email=emails)
    def leaves_cart(self, email: str) -> None:
        lines = [{"variant_id": VARIANT, "quantity": 2}]
        cart = self.house.do("shopify", "checkout_abandon", email=email, line_items=lines)
        self.left[cart["abandoned_checkout_url"]] += 1

    @rule(which=which)
    def goes_on_with_cart(self, which: int) -> None:
        lines = [{"variant_id": VARIANT, "quantity": 1}]
        if cart := self.happens_to("checkouts", which, "checkout_update", line_items=lines):
            self.left[cart["abandoned_checkout_url"]] += 1

    @rule(which=which)
    def buys_cart(self, which: int) -> None:
        self.happens_to("checkouts", which, "checkout_complete")

    @rule(which=which)
    def wants_to_return(self, which: int) -> None:
        orders = self.house.state("shopify")["orders"]
        with suppress(Refusal):
            if orders:
                self.house.do("shopify", "return_request", order_id=orders[which % len(orders)]["id"])

    @rule(which=which, verb=st.sampled_from(["approve", "decline", "close", "cancel", "reopen"]))
    def return_changes(self, which: int, verb: str) -> None:
        self.happens_to("returns", which, f"return_{verb}")

    @rule(available=st.sampled_from([0, 0, 3, 50]))
    def stock_is_counted(self, available: int) -> None:
        self.house.do("shopify", "stock_set", id=BOOTS, available=available)

    @rule(which=which, state=st.sampled_from(["subscribed", "unsubscribed"]))
    def consent_changes(self, which: int, state: str) -> None:
        self.happens_to("customers", which, "customer_update", email_marketing_consent={"state": state})

    @precondition(lambda self: not self.is_merged)
    @rule()
    def the_shop_merges_both(self) -> None:
        self.house.do("shopify", "customer_merge", id=2, into_id=1)
        self.is_merged = True

    @precondition(lambda self: self.house.post.waiting)
    @rule(data=st.data(), is_doubled=st.booleans())
    def some_is_delivered(self, data: st.DataObject, is_doubled: bool) -> None:
        """In any order; the rest comes later."""
        waiting = self.house.post.waiting
        for _ in range(data.draw(st.integers(1, len(waiting)))):
            delivery = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
            for _ in range(1 + is_doubled):
                self.house.hands_over(delivery)

    @precondition(lambda self: self.house.post.waiting)
    @rule()
    def the_post_is_lost(self) -> None:
        self.house.post.waiting.clear()

    @rule(
        where=st.sampled_from([("klaviyo", "/api/"), ("gorgias", "/api/"), ("shopify", "graphql")]),
        kind=st.sampled_from(["reset", "status", "html"]),
        when=st.sampled_from(["before", "after"]),
        times=st.sampled_from([1, 2, 5]),
    )
    def a_vendor_is_in_trouble(self, where: tuple[str, str], kind: str, when: str, times: int) -> None:
        trouble = {"vendor": where[0], "path": where[1], "kind": kind, "when": when, "times": times}
        status = {"status": 503} if kind == "status" else {}
        self.house.control.faults.add(faults.parse({**trouble, **status}))

    @rule(minutes=st.sampled_from([1, 5, 61, 61, 60 * 7, 60 * 13, 60 * 25]))
    def time_passes(self, minutes: float) -> None:
        self.house.later(minutes)

    @invariant()
    def stock_is_watched(self) -> None:
        is_out = BOOTS in truth.sold_out(self.house.state("shopify"))
        self.sold_out_since = (self.sold_out_since or self.house.now) if is_out else None

    def happens_to(self, kind: str, which: int, verb: str, **fields: Any) -> Any:
        """To one of them; what the vendor refuses, such as closing what is closed, does not happen."""
        rows = self.house.state("shopify")[kind]
        with suppress(Refusal):
            return (
                self.house.do("shopify", verb, id=rows[which % len(rows)]["id"], **fields) if rows else None
            )

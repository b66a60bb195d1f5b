"""What counts as a yes to each question of the assessment, and what allows a no. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from connectors.automations import Automation
from rules import registry

FLOWS, SEGMENTS, DESK = "flows", "segments", "desk"
TOLD = {FLOWS: "Live flows", SEGMENTS: "Segments", DESK: "Helpdesk rules"}

CARTS = ("checkout", "cart")
ORDERS = ("order", "purchase")
PRODUCTS = ("categor", "collection", "product type", "producttype", "product_type", "productname", "items")
RETURNS = ("return_", "returns", "return request", "open return")
TICKETS = ("ticket", "gorgias")
BEST = ("vip", "total_spent", "orders_count", "order_count", "ordercount", "amount_spent", "lifetime")
FIRST = ("first order", "first_order", "first purchase", "first_purchase", "firstpurchase", "firstorder")
HEARD_FROM = {"ticket": "helpdesk", "order": "storefront", "cart": "storefront", "product": "storefront"}
HEARD_FROM |= {"stock": "storefront", "return": "storefront", "customer": "storefront"}

Find = Callable[[Sequence[Automation]], list[str]]


class OurRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the client that is live here, as it was published."""

    name: str
    recipe: str
    params: Mapping[str, Any]


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    question: str
    absent: str  # said with a no
    recipe: str = ""  # our rule that is a yes by itself
    finds: Mapping[str, Find] = {}  # source → facts that are a yes
    needs: tuple[str, ...] = ()  # sources that have to be seen before it can be a no; none: never a no
    limit: str = ""  # why it can never be a no
    crosses: bool = False  # any of our rules that links two tools is a yes

    def counts(self, rule: OurRule) -> bool:
        return rule.recipe == self.recipe or (self.crosses and is_cross_tool(rule))


def is_cross_tool(rule: OurRule) -> bool:
    """Every recipe of ours links two tools; a rule by staff does when it acts elsewhere than it hears."""
    if rule.recipe != "custom":
        return True
    heard = HEARD_FROM.get(str(rule.params.get("when", "")).partition(".")[0], "")
    known = registry.all_actions()
    wanted = [str(each.get("action", "")) for each in rule.params.get("then", ())]
    return any(slug in known and known[slug].role != heard for slug in wanted)


def has(words: Sequence[str], signs: Sequence[str]) -> bool:
    return any(sign in word for word in words for sign in signs)


def started_by(flow: Automation, signs: Sequence[str]) -> bool:
    return has([flow.trigger.lower()], signs)


def cart_steps(flows: Sequence[Automation]) -> list[str]:
    return [
        f"Flow “{flow.name}” sends {len(flow.channels)} messages ({', '.join(flow.channels)})."
        for flow in flows
        if started_by(flow, CARTS) and len(flow.channels) >= 3 and {"email", "sms"} <= set(flow.channels)
    ]


def by_product(flows: Sequence[Automation]) -> list[str]:
    return [
        f"Flow “{flow.name}” starts with “{flow.trigger}” and branches by what was bought."
        for flow in flows
        if started_by(flow, ORDERS) and flow.channels and has(flow.reads, PRODUCTS)
    ]


def first_buyers(segments: Sequence[Automation]) -> list[str]:
    return [
        f"Segment “{each.name}” is built on the first purchase."
        for each in segments
        if has(each.reads, FIRST)
    ]


def stock_alert(flows: Sequence[Automation]) -> list[str]:
    return [
        f"Flow “{flow.name}” starts with low inventory and alerts the team."
        for flow in flows
        if flow.trigger == "low-inventory" and "send-internal-alert" in flow.does
    ]


def guarded_by(signs: Sequence[str], told: str) -> Find:
    """Yes only when every live flow that sends lets nobody in whom the filter is about."""

    def find(flows: Sequence[Automation]) -> list[str]:
        sending = [flow for flow in flows if flow.channels]
        is_guarded = sending and all(has(flow.guards, signs) for flow in sending)
        return [f"All {len(sending)} live flows that send have a filter on {told}."] if is_guarded else []

    return find


def vip_rules(rules: Sequence[Automation]) -> list[str]:
    return [
        f"Helpdesk rule “{rule.name}” routes by orders, spending or a VIP mark."
        for rule in rules
        if has(rule.does, ("priority", "assign")) and has(rule.reads, BEST)
    ]


def linked_flows(flows: Sequence[Automation]) -> list[str]:
    return list(_linked(flows))


def _linked(flows: Sequence[Automation]) -> Iterator[str]:
    for flow in flows:
        if flow.origin and has([flow.origin.lower()], ("gorgias", "zendesk", "slack")):
            yield f"Flow “{flow.name}” is started by “{flow.trigger}” from {flow.origin}."
        if "send-webhook" in flow.does:
            yield f"Flow “{flow.name}” calls another tool by webhook."


def calling_rules(rules: Sequence[Automation]) -> list[str]:
    return [f"Helpdesk rule “{rule.name}” calls another tool." for rule in rules if has(rule.does, ("http",))]


SIGNS = (
    Sign(
        question="cart_steps",
        recipe="cart_recovery",
        finds={FLOWS: cart_steps},
        needs=(FLOWS,),
        absent="No live flow that starts from a cart or checkout sends three messages by e-mail and SMS.",
    ),
    Sign(
        question="after_purchase",
        recipe="post_purchase",
        finds={FLOWS: by_product},
        needs=(FLOWS,),
        absent="No live flow that starts from an order branches by product or category.",
    ),
    Sign(
        question="first_purchase",
        recipe="first_purchase",
        finds={SEGMENTS: first_buyers},
        needs=(SEGMENTS,),
        absent="No active segment is built on the date of the first purchase.",
    ),
    Sign(
        question="low_stock",
        recipe="reorder_alert",
        finds={FLOWS: stock_alert},
        absent="",
        limit="No rule of ours alerts on low stock; alerts of other apps cannot be seen from here.",
    ),
    Sign(
        question="stock_hold",
        recipe="stock_hold",
        needs=(FLOWS,),
        absent="Nothing connected holds mails when a product sells out.",
    ),
    Sign(
        question="return_hold",
        recipe="return_hold",
        finds={FLOWS: guarded_by(RETURNS, "returns")},
        needs=(FLOWS,),
        absent="Live flows have no filter on returns, and no rule of ours holds them.",
    ),
    Sign(
        question="ticket_hold",
        recipe="ticket_hold",
        finds={FLOWS: guarded_by(TICKETS, "tickets")},
        needs=(FLOWS,),
        absent="Live flows have no filter on open tickets, and no rule of ours holds them.",
    ),
    Sign(
        question="vip_queue",
        recipe="vip",
        finds={DESK: vip_rules},
        needs=(DESK,),
        absent="No helpdesk rule sets a priority or a team by orders, spending or a VIP mark.",
    ),
    Sign(
        question="cross_tool",
        finds={FLOWS: linked_flows, DESK: calling_rules},
        needs=(FLOWS, DESK),
        absent="No rule that is live anywhere crosses two tools.",
        crosses=True,
    ),
    Sign(
        question="revenue_report",
        absent="",
        limit="Whether somebody reads such a report cannot be seen from here.",
    ),
)

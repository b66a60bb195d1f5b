"""Evidence from accounts of known truth: all of it right, planted differences found, never a rash no."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from assessment.sets import CURRENT
from connectors.models import Connection, Store
from orchestrator.decide import evidence, signs
from rules import publish
from rules.models import Rule
from tests.connectors.accounts import FakeAccount
from tests.processes import until

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SLUGS = [each.slug for each in CURRENT.questions]
Json = dict[str, Any]


def connected(*accounts: FakeAccount) -> Store:
    store = Store.objects.create(slug="north-ridge", name="North Ridge", platform="shopify")
    for account in accounts:
        row = Connection(store=store, vendor=account.slug, api_root=f"{account.url}/{account.slug}")
        row.seal(account.credentials)
        row.save()
    return store


def whole(store: Store) -> dict[str, evidence.Seen]:
    """Looked at until no vendor asks us to wait: it lets us see a few flows a second."""
    looks: list[evidence.Evidence] = []

    def is_whole() -> bool:
        looks.append(evidence.gather(store))
        return looks[-1].is_whole

    until(is_whole)
    return looks[-1].seen


def live(store: Store, recipe: str, params: Json | None = None) -> Rule:
    rule = Rule.objects.create(store=store, name=f"Our {recipe}", recipe=recipe, params=params or {})
    publish.set_mode(rule, "live", now=NOW)
    return rule


def send(name: str, following: str | None, kind: str = "send-email") -> Json:
    message = {"name": name, "transactional": False}
    message |= {"body": "Still there?"} if kind == "send-sms" else {"subject_line": "Still there?"}
    data = {"status": "live", "message": message}
    return {"temporary_id": name, "type": kind, "links": {"next": following}, "data": data}


def flow(name: str, trigger: Json, *actions: Json, status: str = "live", guard: Any = None) -> Json:
    definition = {
        "triggers": [trigger],
        "actions": list(actions),
        "entry_action_id": actions[0]["temporary_id"],
        "profile_filter": guard,
    }
    return {"name": name, "status": status, "definition": definition}


def by_metric(id_: str, **more: Any) -> Json:
    return {"type": "metric", "id": id_, **more}


def branching() -> Json:
    condition = {"type": "metric-property", "field": "Categories", "filter": {"value": "Boots"}}
    data = {"trigger_filter": {"condition_groups": [{"conditions": [condition]}]}}
    links = {"next_if_true": "boots", "next_if_false": "rest"}
    return {"temporary_id": "split", "type": "trigger-split", "links": links, "data": data}


def about(field: str) -> Json:
    condition = {"type": "profile-property", "property": f"properties['{field}']", "filter": {}}
    return {"condition_groups": [{"conditions": [condition]}]}


METRICS = [
    {"id": "MTRCRT", "name": "Started Checkout", "integration": "Shopify"},
    {"id": "MTRORD", "name": "Placed Order", "integration": "Shopify"},
]
CONNECTED_FLOWS = [
    flow("Cart", by_metric("MTRCRT"), send("a", "b"), send("b", "c", "send-sms"), send("c", None)),
    flow("After", by_metric("MTRORD"), branching(), send("boots", None), send("rest", None)),
]
SILOED_FLOWS = [
    flow("Cart", by_metric("MTRCRT"), send("a", None)),
    flow("Cart, three mails", by_metric("MTRCRT"), send("a", "b"), send("b", "c"), send("c", None)),
    flow(
        "Cart, draft",
        by_metric("MTRCRT"),
        send("a", "b"),
        send("b", "c", "send-sms"),
        send("c", None),
        status="draft",
    ),
    flow("After", by_metric("MTRORD"), send("a", None)),
]
VIP_RULE = {
    "name": "VIP first",
    "code": "if (eq(ticket.customer.integrations.shopify.customer.orders_count, '3')) "
    "{ Action('setPriority', {'priority': 'high'}) }",
}
PLAIN_RULE = {"name": "Tag", "code": "Action('addTags', {'tags': 'new'})"}


def judged(found: dict[str, evidence.Seen]) -> dict[str, str]:
    return {slug: seen.answer for slug, seen in found.items()}


def test_every_question_has_its_sign() -> None:
    assert [sign.question for sign in signs.SIGNS] == SLUGS
    recipes = {each.slug: each.recipe for each in CURRENT.questions}
    assert {sign.question: sign.recipe for sign in signs.SIGNS} == recipes


def test_a_connected_store_is_seen_as_it_is(accounts: dict[str, FakeAccount]) -> None:
    klaviyo, gorgias = accounts["klaviyo"], accounts["gorgias"]
    klaviyo.seed(
        metrics=METRICS,
        flows=CONNECTED_FLOWS,
        segments=[{"name": "New buyers", "definition": about("first_order_date")}],
    )
    gorgias.seed(rules=[VIP_RULE, PLAIN_RULE])
    store = connected(klaviyo, gorgias)
    live(store, "ticket_hold")

    found = whole(store)

    assert judged(found) == {
        "cart_steps": "yes",
        "after_purchase": "yes",
        "first_purchase": "yes",
        "low_stock": "unseen",
        "stock_hold": "no",
        "return_hold": "no",
        "ticket_hold": "yes",
        "vip_queue": "yes",
        "cross_tool": "yes",
        "revenue_report": "unseen",
    }
    assert "“Cart” sends 3 messages (email, sms, email)" in found["cart_steps"].facts[0]
    assert "Our rule “Our ticket_hold”" in found["ticket_hold"].facts[0]
    assert "“VIP first”" in found["vip_queue"].facts[0]
    assert all(seen.facts for seen in found.values())


def test_a_siloed_store_is_seen_as_it_is(accounts: dict[str, FakeAccount]) -> None:
    klaviyo, gorgias = accounts["klaviyo"], accounts["gorgias"]
    klaviyo.seed(metrics=METRICS, flows=SILOED_FLOWS, segments=[{"name": "All", "definition": about("vip")}])
    gorgias.seed(rules=[PLAIN_RULE, {**VIP_RULE, "deactivated_datetime": "2026-01-01T00:00:00+00:00"}])

    found = judged(whole(connected(klaviyo, gorgias)))

    assert found == dict.fromkeys(SLUGS, "no") | {"low_stock": "unseen", "revenue_report": "unseen"}


@pytest.mark.parametrize(("guards", "answer"), [((True, True), "yes"), ((True, False), "no")])
def test_a_filter_on_every_live_flow_is_a_hold(
    guards: tuple[bool, ...], answer: str, accounts: dict[str, FakeAccount]
) -> None:
    flows = [
        flow(f"F{place}", by_metric("MTRCRT"), send("a", None), guard=about("open_ticket") if guard else None)
        for place, guard in enumerate(guards)
    ]
    accounts["klaviyo"].seed(metrics=METRICS, flows=flows)

    assert evidence.gather(connected(accounts["klaviyo"])).seen["ticket_hold"].answer == answer


@pytest.mark.parametrize(
    ("lacking", "unseen"),
    [
        (
            "flows:read",
            {"cart_steps", "after_purchase", "stock_hold", "return_hold", "ticket_hold", "cross_tool"},
        ),
        (
            "metrics:read",
            {"cart_steps", "after_purchase", "stock_hold", "return_hold", "ticket_hold", "cross_tool"},
        ),
        ("segments:read", {"first_purchase"}),
    ],
)
def test_a_missing_scope_is_cannot_see_and_is_named(
    lacking: str, unseen: set[str], accounts: dict[str, FakeAccount]
) -> None:
    klaviyo, gorgias = accounts["klaviyo"], accounts["gorgias"]
    klaviyo.seed(metrics=METRICS, flows=SILOED_FLOWS)
    every = {"flows:read", "metrics:read", "segments:read"}
    path = f"klaviyo/accounts/{klaviyo.name}"
    klaviyo.control("PUT", path, {"scopes": sorted(every - {lacking})})

    found = whole(connected(klaviyo, gorgias))

    assert {slug for slug, seen in found.items() if seen.answer == "unseen"} == {
        *unseen,
        "low_stock",
        "revenue_report",
    }
    assert all(lacking in found[slug].facts[0] for slug in unseen)


def test_what_is_not_connected_or_fails_is_cannot_see(accounts: dict[str, FakeAccount]) -> None:
    gorgias = accounts["gorgias"]
    gorgias.fault("/api/rules", "status", status=500, times=9)

    whole = evidence.gather(connected(gorgias))

    found = whole.seen
    assert not whole.is_whole  # the fault may pass
    assert set(judged(found).values()) == {"unseen"}
    assert "no such tool is connected" in found["cart_steps"].facts[0]
    assert "Gorgias" in found["vip_queue"].facts[0]


def test_a_rule_that_is_not_live_is_no_evidence(accounts: dict[str, FakeAccount]) -> None:
    store = connected(accounts["klaviyo"], accounts["gorgias"])
    rule = live(store, "ticket_hold")
    publish.set_mode(rule, "shadow", now=NOW)

    assert evidence.gather(store).seen["ticket_hold"].answer == "no"


@pytest.mark.parametrize(
    ("when", "action", "is_crossing"),
    [
        ("ticket.opened", {"action": "tag_ticket", "with": {"tag": "x"}}, False),
        ("ticket.opened", {"action": "set_property", "with": {"name": "a", "value": "b"}}, True),
    ],
)
def test_a_custom_rule_crosses_tools_when_it_acts_elsewhere(
    when: str, action: Json, is_crossing: bool
) -> None:
    rule = signs.OurRule(name="Own", recipe="custom", params={"when": when, "then": [action]})

    assert signs.is_cross_tool(rule) is is_crossing

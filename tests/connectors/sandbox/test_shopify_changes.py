"""What an app may change in a fake store, and what it is told when it may not."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.shops import Shop

ANA, ORDER = "gid://shopify/Customer/1", "gid://shopify/Order/101"
ADD = """mutation($id: ID!, $tags: [String!]!) {
  tagsAdd(id: $id, tags: $tags) { node { id } userErrors { message } } }"""
REMOVE = ADD.replace("tagsAdd", "tagsRemove")
CODE = """mutation($d: DiscountCodeBasicInput!) { discountCodeBasicCreate(basicCodeDiscount: $d) {
  codeDiscountNode { id codeDiscount { ... on DiscountCodeBasic { title status usageLimit
    codes(first: 1) { nodes { code asyncUsageCount } } } } }
  userErrors { code field message } } }"""
BY_CODE = """query($code: String!) { codeDiscountNodeByCode(code: $code) { id
  codeDiscount { ... on DiscountCodeBasic { status asyncUsageCount } } } }"""
META = """mutation($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
  metafields { id key value compareDigest } userErrors { code field message } } }"""
CONSENT = """mutation($i: CustomerEmailMarketingConsentUpdateInput!) {
  customerEmailMarketingConsentUpdate(input: $i) {
    customer { defaultEmailAddress { marketingState marketingUpdatedAt } }
    userErrors { code field message } } }"""
APPROVE = """mutation($id: ID!) { returnApproveRequest(input: { id: $id }) {
  return { status reverseFulfillmentOrders(first: 1) {
    nodes { id status lineItems(first: 5) { nodes { totalQuantity } } } } }
  userErrors { code message } } }"""
DECLINE = """mutation($id: ID!) {
  returnDeclineRequest(input: { id: $id, declineReason: FINAL_SALE, declineNote: "No" }) {
  return { status decline { reason note } } userErrors { code message } } }"""
LABEL = """mutation($rfo: ID!, $file: URL!) { reverseDeliveryCreateWithShipping(
    reverseFulfillmentOrderId: $rfo, reverseDeliveryLineItems: [], labelInput: { fileUrl: $file },
    trackingInput: { number: "1Z" }) {
  reverseDelivery { deliverable { ... on ReverseDeliveryShippingDeliverable {
    label { publicFileUrl } tracking { number } } } }
  userErrors { code message } } }"""


@pytest.fixture
def shop(sandbox: Sandbox, control: Control) -> Shop:
    return Shop(sandbox, control)


def tags(shop: Shop) -> Any:
    return shop.ask("query($id: ID!) { customer(id: $id) { tags } }", id=ANA)["customer"]["tags"]


def metafield(shop: Shop) -> Any:
    read = 'query($id: ID!) { customer(id: $id) { metafield(namespace: "custom", key: "vip") { value } } }'
    return shop.ask(read, id=ANA)["customer"]["metafield"]


def discount(**more: Any) -> dict[str, Any]:
    return {
        "title": "Rescue",
        "code": "BACK-1",
        "startsAt": "2026-01-01T00:00:00Z",
        "context": {"all": "ALL"},
        "customerGets": {"value": {"percentage": 0.1}, "items": {"all": True}},
        **more,
    }


def requested(shop: Shop) -> str:
    number = shop.do("return_request", order_id=101, reason="size_too_small", note="Too small")["id"]
    return f"gid://shopify/Return/{number}"


def test_tags_are_a_set_whose_capitals_do_not_count(shop: Shop) -> None:
    shop.change(ADD, id=ANA, tags=["VIP", "gold"])
    shop.change(ADD, id=ANA, tags=["gold"])
    assert tags(shop) == ["gold", "news", "vip"]
    shop.change(REMOVE, id=ANA, tags=["NEWS", "never there"])
    assert tags(shop) == ["gold", "vip"]


def test_tags_of_what_is_not_there_are_refused(shop: Shop) -> None:
    missing = shop.refusal(ADD, id="gid://shopify/Customer/999", tags=["vip"])
    assert missing["message"] == "Couldn't find resource with the given id."
    assert shop.refusal(ADD, id="gid://shopify/Location/61", tags=["vip"])["message"] == missing["message"]


def test_tagging_takes_the_scope_of_what_is_tagged(shop: Shop) -> None:
    shop.do("scope_remove", scope="write_orders")
    assert shop.error(ADD, id=ORDER, tags=["late"])["extensions"]["code"] == "ACCESS_DENIED"
    shop.change(ADD, id=ANA, tags=["late"])


def test_a_discount_code_is_made_once_and_used_up(shop: Shop) -> None:
    made = shop.change(CODE, d=discount(usageLimit=1))["codeDiscountNode"]
    basic = made["codeDiscount"]
    assert (basic["status"], basic["codes"]["nodes"]) == (
        "ACTIVE",
        [{"code": "BACK-1", "asyncUsageCount": 0}],
    )
    taken = shop.refusal(CODE, d=discount(code="back-1"))
    assert (taken["code"], taken["field"]) == ("TAKEN", ["basicCodeDiscount", "code"])
    shop.do("order_create", email="ana@shop.test", discount_codes=[{"code": "BACK-1"}])
    found = shop.ask(BY_CODE, code="back-1")["codeDiscountNodeByCode"]
    assert (found["id"], found["codeDiscount"]["asyncUsageCount"]) == (made["id"], 1)


def test_a_discount_code_runs_from_its_start_to_its_end(shop: Shop) -> None:
    shop.change(CODE, d=discount(startsAt="2090-01-01T00:00:00Z", endsAt="2090-01-03T00:00:00Z"))
    states = []
    for now in ("2089-12-31T00:00:00Z", "2090-01-02T00:00:00Z", "2090-01-04T00:00:00Z"):
        shop.control.set_clock(now)
        states.append(shop.ask(BY_CODE, code="BACK-1")["codeDiscountNodeByCode"]["codeDiscount"]["status"])
    assert states == ["SCHEDULED", "ACTIVE", "EXPIRED"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"context": None}, "context"),
        ({"customerGets": {"value": {"percentage": 10.0}, "items": {"all": True}}}, "customerGets"),
        ({"endsAt": "2025-01-01T00:00:00Z"}, "endsAt"),
        ({"usageLimit": 0}, "usageLimit"),
    ],
)
def test_a_discount_that_makes_no_sense_is_refused(shop: Shop, wrong: dict[str, Any], field: str) -> None:
    assert shop.refusal(CODE, d=discount(**wrong))["field"] == ["basicCodeDiscount", field]


def test_metafields_are_set_together_or_not_at_all(shop: Shop) -> None:
    vip = {"ownerId": ANA, "namespace": "custom", "key": "vip", "type": "boolean", "value": "true"}
    refused = shop.refusal(META, m=[vip, {**vip, "ownerId": "gid://shopify/Customer/999"}])
    assert (refused["field"], metafield(shop)) == (
        ["metafields", "1", "ownerId"],
        None,
    )
    [row] = shop.change(META, m=[vip])["metafields"]
    assert metafield(shop) == {"value": "true"}
    stale = shop.refusal(META, m=[{**vip, "compareDigest": "of before"}])
    assert stale["code"] == "STALE_OBJECT"
    shop.change(META, m=[{**vip, "value": "false", "compareDigest": row["compareDigest"]}])
    assert metafield(shop) == {"value": "false"}


def test_consent_takes_three_states(shop: Shop) -> None:
    def wanted(state: str) -> dict[str, Any]:
        return {"customerId": ANA, "emailMarketingConsent": {"marketingState": state}}

    shown = shop.change(CONSENT, i=wanted("UNSUBSCRIBED"))["customer"]["defaultEmailAddress"]
    assert shown["marketingState"] == "UNSUBSCRIBED"
    assert shown["marketingUpdatedAt"]
    assert shop.refusal(CONSENT, i=wanted("NOT_SUBSCRIBED"))["code"] == "INVALID"


def test_an_approved_return_gets_a_label(shop: Shop) -> None:
    asked = requested(shop)
    approved = shop.change(APPROVE, id=asked)["return"]
    [reverse] = approved["reverseFulfillmentOrders"]["nodes"]
    assert (approved["status"], reverse["status"]) == ("OPEN", "OPEN")
    assert reverse["lineItems"]["nodes"] == [{"totalQuantity": 2}]
    label = "https://labels.shop.test/1.pdf"
    made = shop.change(LABEL, rfo=reverse["id"], file=label)["reverseDelivery"]["deliverable"]
    assert made == {"label": {"publicFileUrl": label}, "tracking": {"number": "1Z"}}
    assert shop.refusal(APPROVE, id=asked)["code"] == "INVALID_STATE"
    assert shop.names("orders", "return_status:in_progress") == [101]


def test_a_return_is_declined_with_a_reason(shop: Shop) -> None:
    declined = shop.change(DECLINE, id=requested(shop))["return"]
    assert declined == {"status": "DECLINED", "decline": {"reason": "FINAL_SALE", "note": "No"}}
    assert shop.refusal(DECLINE, id="gid://shopify/Return/1")["code"] == "NOT_FOUND"


def test_a_return_that_only_was_asked_for_takes_no_label(shop: Shop) -> None:
    number = requested(shop).rpartition("/")[2]
    refused = shop.refusal(
        LABEL, rfo=f"gid://shopify/ReverseFulfillmentOrder/{number}", file="https://x.test/1"
    )
    assert refused["code"] == "NOT_FOUND"

"""The vendors' limits as we declare them, against the fakes that enforce them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from connectors import registry
from connectors.budget import Budget, read
from connectors.errors import NotYet, Refused
from connectors.limits import Burst, Use, Window
from connectors.limits.bucket import bucket_of
from connectors.roles import Post
from connectors.sandbox.klaviyo.marketing import RESOURCES
from connectors.vendors.shopify import documents, graphql, limits
from tests.connectors.accounts import FakeAccount

KLAVIYO = registry.vendor_class("klaviyo").buckets
TIERS = {
    (route.method, route.path): route.endpoint.tier for resource in RESOURCES for route in resource.routes
}


def behind_a_gate(account: FakeAccount, use: Use = Use.ACTING, patience: float = 0.0) -> Any:
    """The account as a connection would open it, with all of the fakes' limits on."""
    account.control("POST", "limits", {"on": True})
    kind = registry.vendor_class(account.slug)
    return account.open(gate=Budget(kind, account.name, share=0.9, use=use, patience=patience))


def until_kept_back(call: Callable[[], object]) -> None:
    with suppress(NotYet):
        for _ in range(300):
            call()
        raise AssertionError("It was never kept back.")


def statuses(account: FakeAccount) -> Counter[int]:
    return Counter(each["status"] for each in account.requests())


@pytest.mark.parametrize(("method", "path"), TIERS)
def test_every_endpoint_of_klaviyo_that_we_name_has_its_own_tier(method: str, path: str) -> None:
    bucket = bucket_of(KLAVIYO, method, path.replace("<number>", "Ab1"))

    assert bucket is not None
    tier = TIERS[method, path]
    if bucket.name != "other calls":
        limits = [(each.seconds, each.count) for each in bucket.limits if isinstance(each, Burst | Window)]
        assert sorted(limits) == sorted(tier.windows())


def test_no_bucket_of_klaviyo_is_without_an_endpoint() -> None:
    met = {bucket_of(KLAVIYO, method, path.replace("<number>", "Ab1")) for method, path in TIERS}

    assert {each.name for each in KLAVIYO} == {each.name for each in met if each}


@pytest.mark.django_db
def test_klaviyo_is_asked_as_often_as_a_second_allows(klaviyo: FakeAccount) -> None:
    vendor = behind_a_gate(klaviyo)
    until_kept_back(lambda: vendor.profile_ids(["ana@shop.test"]))

    answered = statuses(klaviyo)
    assert answered[429] == 0
    assert answered[200] >= 0.85 * 0.9 * 75


@pytest.mark.django_db
def test_another_program_of_the_account_is_noticed(gorgias: FakeAccount) -> None:
    stranger, vendor = gorgias.open(), behind_a_gate(gorgias)
    vendor.account()
    for _ in range(30):
        stranger.account()

    until_kept_back(vendor.account)

    answered = statuses(gorgias)
    assert answered[429] == 0
    assert answered[200] <= 0.9 * 40 + 3
    stranger.account()  # room was left for it


@pytest.mark.django_db
def test_a_sweep_waits_out_the_second_rather_than_to_begin_again(klaviyo: FakeAccount) -> None:
    vendor = behind_a_gate(klaviyo, use=Use.READING, patience=20.0)

    for number in range(4):
        with suppress(Refused):
            vendor.client.get(f"/api/flows/F{number}")

    assert statuses(klaviyo) == {404: 4}


@pytest.mark.django_db
def test_queries_of_shopify_pay_what_they_cost(new_account: Callable[[str], FakeAccount]) -> None:
    shopify = new_account("shopify")
    shopify.seed(customers=[{"email": f"p{number}@shop.test"} for number in range(50)])
    vendor = behind_a_gate(shopify)
    page = {"first": 50, "after": None, "q": "updated_at:>='2020-01-01T00:00:00Z'"}

    until_kept_back(lambda: graphql.ask(vendor.client, documents.CUSTOMERS, page))

    state = read([shopify.name])[shopify.name].buckets["query points"]
    assert state.marks[0].per_second == 100
    assert 0.7 * 0.9 * 2000 <= state.marks[0].amount <= 0.9 * 2000


@pytest.mark.django_db
def test_what_a_document_asks_for_is_learnt(new_account: Callable[[str], FakeAccount]) -> None:
    shopify = new_account("shopify")
    document = documents.SHOP + "# asked nowhere else"
    assert limits.expected(document, None) == limits.UNKNOWN

    graphql.ask(behind_a_gate(shopify).client, document)

    assert 0 < limits.expected(document, None) < 20


@pytest.mark.django_db
def test_a_message_that_slack_did_not_post_takes_no_second(slack: FakeAccount) -> None:
    vendor = behind_a_gate(slack)
    vendor.account()
    vendor.post(Post(text="Low stock"))

    with pytest.raises(NotYet) as caught:
        vendor.post(Post(text="Low stock again"))

    assert 0 < (caught.value.after or 0) <= 1.05
    assert statuses(slack)[429] == 0

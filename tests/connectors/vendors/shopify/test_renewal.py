"""A connection to Shopify whose credentials are exchanged: fetched, kept, replaced, and told when refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors import connect
from connectors.errors import NeedsAttention
from connectors.models import Connection, Store
from tests.connectors.accounts import FakeAccount

PATH = "/admin/oauth/access_token"

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(new_account: Callable[[str], FakeAccount], settings: Any) -> Callable[..., Connection]:
    """A connection with these credentials instead of a permanent token, and the shop that knows them."""
    settings.ALLOW_LOOPBACK_VENDORS = True

    def make(**instead: str) -> Connection:
        account = new_account("shopify")
        given = {**account.credentials, "client_id": f"app-{account.name}", **instead}
        given.pop("access_token")
        account.control("PUT", f"shopify/accounts/{account.name}", {"credentials": given})
        store = Store.objects.create(slug=account.name, name=account.name, platform="shopify")
        row = Connection(store=store, vendor="shopify", api_root=f"{account.url}/shopify")
        row.seal(given)
        row.save()
        row.fake = account  # type: ignore[attr-defined]
        return row

    return make


def asked(row: Any) -> int:
    """How often credentials were exchanged."""
    everything = row.fake.control("GET", "requests", vendor="shopify")
    client = row.credentials()["client_id"]
    return sum(PATH in each["path"] and client in str(each["body"]) for each in everything)


def stored(row: Connection) -> Connection:
    """As the next process finds it."""
    return Connection.objects.select_related("store").get(pk=row.pk)


def test_the_apps_own_credentials_are_exchanged_once_for_many_calls(connected):
    row = connected()

    for _ in range(3):
        assert connect.open(stored(row)).account().name

    assert asked(row) == 1
    assert stored(row).renewed_until is not None


def test_a_token_that_was_withdrawn_is_replaced_in_the_middle_of_a_call(connected):
    row = connected()
    vendor = connect.open(stored(row))
    row.fake.do("token_expire")

    assert vendor.account().name
    assert connect.open(stored(row)).account().name

    assert asked(row) == 2


def test_each_refresh_token_is_followed_by_the_next(connected):
    row = connected(refresh_token="shprt_first")
    for _ in range(3):
        assert connect.open(stored(row)).account().name
        row.fake.do("token_expire")

    assert connect.open(stored(row)).account().name
    assert asked(row) == 4


def test_a_refresh_token_that_was_used_elsewhere_needs_a_person(connected):
    row = connected(refresh_token="shprt_first")
    row.seal({"refresh_token": "shprt_somebody_else_used_this"})
    row.save()

    with pytest.raises(NeedsAttention) as caught:
        connect.open(stored(row))

    assert "no longer accepts the refresh token" in caught.value.sentence
    assert "shprt" not in caught.value.sentence
    assert connect.test(stored(row)).code == "credentials_rejected"


def test_a_secret_that_is_wrong_needs_a_person_who_then_enters_the_right_one(connected):
    row = connected()
    right = row.credentials()["client_secret"]
    row.seal({"client_secret": "shpss_wrong"})
    row.save()
    assert not connect.test(stored(row)).ok

    row.seal({"client_secret": right})
    row.save()

    assert connect.test(stored(row)).ok


def test_no_token_is_stored_in_the_open(connected):
    row = connected(refresh_token="shprt_first")
    connect.open(stored(row)).account()

    kept = str(Connection.objects.values().get(pk=row.pk))
    assert "shpat_" not in kept
    assert "shprt_" not in kept

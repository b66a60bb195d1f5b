"""What a key may not read is found by looking, and said once for all."""

from __future__ import annotations

import pytest

from connectors.errors import TryLater
from connectors.roles import Marketing
from connectors.vendors.klaviyo import scopes
from tests.connectors.accounts import FakeAccount


def may(account: FakeAccount, *lacking: str) -> None:
    every = {"accounts:read", *scopes.LOOKS} - {*lacking}
    account.control("PUT", f"klaviyo/accounts/{account.name}", {"scopes": sorted(every)})


@pytest.mark.parametrize("lacking", [(), ("templates:read",), ("flows:read", "subscriptions:read")])
def test_what_is_missing_is_named_and_nothing_is_changed(
    klaviyo: FakeAccount, lacking: tuple[str, ...]
) -> None:
    may(klaviyo, *lacking)

    found = klaviyo.open().examined()

    assert found.missing_scopes == lacking
    assert {each["method"] for each in klaviyo.requests()} == {"GET"}


def test_where_it_cannot_be_seen_nothing_is_claimed(klaviyo: FakeAccount) -> None:
    klaviyo.fault("/api/metrics", "status", status=503, times=5)

    with pytest.raises(TryLater):
        klaviyo.open().examined()


def test_what_a_capability_takes_is_looked_for() -> None:
    assert set(scopes.TAKES) <= {each.name for each in Marketing.offers}
    assert {scope for taken in scopes.TAKES.values() for scope in taken} <= set(scopes.LOOKS)

"""An account that another client's connection leads to is noticed, by its id or by its key."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from connectors import connect
from connectors.models import Connection
from orchestrator.act.drivers.hold_global import sharing
from orchestrator.models import Attention
from tests import scene
from tests.orchestrator.act.conftest import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick")]


def why_not(shop: Shop) -> str:
    connection = Connection.objects.select_related("store").get(pk=shop.klaviyo.pk)
    vendor: Any = connect.open(connection)
    return sharing.why_not(connection, vendor, timezone.now())


def other(shop: Shop, key: str = "pk_other", **account: str) -> Connection:
    """Another client's connection to Klaviyo."""
    connection = Connection(store=scene.client("other", vendors=()), vendor="klaviyo", account=account)
    connection.seal({"private_key": key})
    connection.save()
    return connection


def account_id(shop: Shop) -> str:
    vendor: Any = connect.open(Connection.objects.get(pk=shop.klaviyo.pk))
    return str(vendor.account().account_id)


def test_account_of_ones_own_is_free(shop: Shop) -> None:
    other(shop, account_id="another")

    assert why_not(shop) == ""
    assert not Attention.objects.exists()


def test_two_keys_of_one_account_are_noticed_and_shown_until_one_goes(shop: Shop) -> None:
    same = other(shop, account_id=account_id(shop))
    shared = why_not(shop)
    shown = set(Attention.objects.open().values_list("code", flat=True))
    same.delete()

    assert "another client uses the same account" in shared
    assert shown == {"hold_shared_account"}
    assert why_not(shop) == ""
    assert not Attention.objects.open().exists()


def test_connection_that_was_never_tested_is_known_by_its_key(shop: Shop) -> None:
    other(shop, key=f"pk_{shop.slug}")

    assert why_not(shop)


def test_connection_whose_secrets_cannot_be_opened_is_passed_over(shop: Shop) -> None:
    row = other(shop)
    Connection.objects.filter(pk=row.pk).update(sealed={"private_key": "nonsense"})

    assert why_not(shop) == ""

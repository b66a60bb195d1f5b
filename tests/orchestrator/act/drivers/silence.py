"""What the tests of global suppression say and see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors import connect
from connectors.models import Connection
from connectors.vendors.klaviyo import Klaviyo
from orchestrator.act import drift, reconcile
from orchestrator.act.drivers import hold_global
from orchestrator.act.holding import Batch
from orchestrator.models import RunLogEntry, VendorState
from tests.orchestrator.act.conftest import Shop

ANA, BEN, CLEO = "ana@shop.test", "ben@shop.test", "cleo@shop.test"
JOBS = "suppression-bulk"


def want(shop: Shop, wanted: bool, *emails: str) -> None:
    shop.want(wanted, *emails, key="hold_global")


def drive(shop: Shop, seconds: float = 0) -> None:
    connection = Connection.objects.select_related("store").get(pk=shop.klaviyo.pk)
    reconcile.drive(connection, timezone.now() + timedelta(seconds=seconds))


def die(shop: Shop, dying: type[Klaviyo], seconds: float) -> None:
    """A worker with this vendor is killed, and its lease runs out."""
    connection = Connection.objects.select_related("store").get(pk=shop.klaviyo.pk)
    vendor: Any = connect.open(connection)
    later = timezone.now() + timedelta(seconds=seconds)
    batch = Batch(connection, reconcile._claim(connection, "hold_global", later), later)
    with pytest.raises(SystemExit):
        hold_global.drive(dying(vendor.client, {}), batch)
    VendorState.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))


def silent(shop: Shop) -> set[str]:
    return {each["email"] for each in shop.state("klaviyo")["profiles"] if each["suppression"]}


def row(email: str = ANA) -> VendorState:
    return VendorState.objects.get(subject=email)


def codes(email: str = ANA) -> list[str]:
    entries = RunLogEntry.objects.filter(subject=email, code__startswith="hold").order_by("pk")
    return list(entries.values_list("code", flat=True))


def sweep(shop: Shop) -> None:
    connection = Connection.objects.select_related("store").get(pk=shop.klaviyo.pk)
    vendor: Any = connect.open(connection)
    drift.compare(connection, vendor, timezone.now())

"""A campaign at the marketing tool, held and let go as the ledger says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from connectors import connect
from orchestrator.act import reconcile
from orchestrator.models import Attention, Suppression, VendorState
from rules.models import Rule
from tests import scene
from tests.orchestrator.act.conftest import Shop

KEY = "hold_campaign"
TAG = "ops:held-low-stock"


def marketing(shop: Shop) -> Any:
    return connect.open(shop.klaviyo)


def schedule(shop: Shop, sale: str, hours: float = 5) -> str:
    at = (timezone.now() + timedelta(hours=hours)).replace(microsecond=0).isoformat()
    shop.do("klaviyo", "campaign_schedule", id=sale, datetime=at)
    return at


def cause(shop: Shop, sale: str, rule: Rule, now: datetime, **times: Any) -> None:
    """One product of the campaign is, or was, sold out."""
    Suppression.objects.create(
        store=shop.store,
        rule=rule,
        subject=sale,
        subject_kind="campaign",
        cause="stock_hold",
        reference="shopify:product:7",
        method=KEY,
        source_at=now,
        trace="t",
        **times,
    )


def hold(shop: Shop, sale: str, wanted: bool = True, why: str = "stock_recovered") -> None:
    """The ledger changes its mind; when a cause is over it says why."""
    now = timezone.now()
    if not wanted:
        rule = scene.live_rule(shop.store, recipe="stock_hold")
        cause(shop, sale, rule, now, opened_at=now - timedelta(hours=1), closed_at=now, closed_because=why)
    shop.want(wanted, sale, key=KEY, now=now)
    reconcile.drive(shop.klaviyo, now)


def campaign(shop: Shop) -> dict[str, Any]:
    (found,) = shop.state("klaviyo")["campaigns"]
    return dict(found)


def row() -> VendorState:
    return VendorState.objects.get(key=KEY)


def codes(shop: Shop) -> set[str]:
    return set(Attention.objects.open().filter(store=shop.store).values_list("code", flat=True))


def asked() -> str:
    return Attention.objects.get(code="campaign_to_schedule").sentence

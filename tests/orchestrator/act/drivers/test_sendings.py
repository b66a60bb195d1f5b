"""What still writes to people on the hold list is shown, also when its recipients were fixed before."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from connectors import connect
from connectors.limits import Use
from connectors.models import Connection
from orchestrator.act import drift, holdlist, reconcile
from orchestrator.models import Attention, VendorState
from orchestrator.record import telling
from tests.orchestrator.act.conftest import Shop

pytestmark = pytest.mark.django_db
ANA, BEN = "ana@shop.test", "ben@shop.test"


def account(shop: Shop) -> Connection:
    return Connection.objects.select_related("store").get(pk=shop.klaviyo.pk)


def hold(shop: Shop, *emails: str) -> None:
    shop.want(True, *emails)
    reconcile.drive(account(shop), timezone.now())


def sweep(shop: Shop) -> set[str]:
    """Codes that stand under “Needs attention” after the hourly look."""
    connection = account(shop)
    vendor: Any = connect.open(connection, use=Use.READING)
    drift.compare(connection, vendor, timezone.now())
    return set(Attention.objects.open().values_list("code", flat=True))


def campaign(shop: Shop, name: str = "Sale", **fields: Any) -> Any:
    """A campaign that leaves out the hold list."""
    excluded = [f"Orchestrator hold: {shop.slug}"]
    shop.control("PUT", f"klaviyo/accounts/{shop.slug}", {"seed": {"lists": [{"name": f"News {name}"}]}})
    audiences = {"included": [f"News {name}"], "excluded": excluded}
    return shop.do("klaviyo", "campaign_create", name=name, audiences=audiences, **fields)


def test_campaign_that_was_scheduled_before_a_hold_is_shown_with_how_many_it_reaches(shop: Shop) -> None:
    hold(shop, ANA)
    made = campaign(shop)
    draft = sweep(shop)
    shop.do("klaviyo", "campaign_schedule", id=made["id"])
    early = sweep(shop)
    hold(shop, BEN)
    late = sweep(shop)

    (shown,) = Attention.objects.open()
    assert (draft, early, late) == (set(), set(), {"hold_too_late"})
    assert "“Sale” (Scheduled) fixed its recipients before 1 customer was held" in shown.sentence
    told = {row.subject: " ".join(telling.limits(row)) for row in VendorState.objects.all()}
    assert ("Sale" in told[BEN], told[ANA]) == (True, "")


def test_it_clears_itself_when_the_campaign_is_a_draft_again(shop: Shop) -> None:
    hold(shop, ANA)
    made = campaign(shop)
    shop.do("klaviyo", "campaign_schedule", id=made["id"])
    hold(shop, BEN)
    before = sweep(shop)
    body = {"data": {"type": "campaign-send-job", "id": made["id"], "attributes": {"action": "revert"}}}
    vendor: Any = connect.open(account(shop))
    vendor.client.patch(f"/api/campaign-send-jobs/{made['id']}", json=body)

    assert (before, sweep(shop)) == ({"hold_too_late"}, set())


def test_account_that_fixes_recipients_at_sending_raises_no_such_alarm(shop: Shop) -> None:
    hold(shop, ANA)
    shop.do("klaviyo", "campaign_schedule", id=campaign(shop)["id"])
    hold(shop, BEN)
    holdlist.remember(account(shop), recipients_at_send=True)

    assert sweep(shop) == set()


def test_campaign_that_goes_out_and_ignores_the_list_can_only_be_cancelled(shop: Shop) -> None:
    hold(shop, ANA)
    seed = {"lists": [{"name": "News"}], "campaigns": [{"name": "Launch", "status": "Sending"}]}
    seed["campaigns"][0]["audiences"] = {"included": ["News"]}  # type: ignore[assignment]
    shop.control("PUT", f"klaviyo/accounts/{shop.slug}", {"seed": seed})

    assert sweep(shop) == {"hold_not_respected"}
    assert "only cancelling stops it" in Attention.objects.get().sentence

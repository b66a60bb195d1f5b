"""What a vendor cannot take of us: it is recorded with the reason, and a person is told what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.models import Connection
from orchestrator.act import setting_up
from orchestrator.decide import due
from orchestrator.models import Attention, OutboxAction, RunLogEntry, SetUpItem
from rules.actions.create_discount import CreateDiscount
from tests import scene
from tests.orchestrator.act.conftest import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def storefront(shop: Shop) -> Connection:
    credentials = {
        "shop": f"{shop.slug}.myshopify.com",
        "client_secret": f"secret-{shop.slug}",
        "access_token": f"shpat_{shop.slug}",
    }
    shop._furnish("shopify", credentials, {"discount_codes": [{"code": "BACK-1", "title": "Summer"}]})
    return shop._connect("shopify", credentials)


def test_a_code_that_is_somebody_elses_is_not_made_and_a_person_is_told(shop, storefront):
    now = timezone.now()
    code = CreateDiscount(code="BACK-1", worth="10%", starts_at=now, ends_at=now + timedelta(days=7))
    shop.owe(storefront, code, "a")

    due.dispatch(storefront, timezone.now())

    row = OutboxAction.objects.get()
    assert row.state == OutboxAction.State.FAILED
    assert "discount code BACK-1 already, and it is not one of ours" in row.because
    assert RunLogEntry.objects.filter(code="action_failed").count() == 1
    assert "not one of ours" in Attention.objects.open().get(code="action_failed").sentence
    assert len(shop.state("shopify")["discounts"]) == 1


def test_a_template_that_klaviyo_cannot_read_is_named_by_its_step_and_a_person_is_told(shop):
    shop.fault("klaviyo", "/api/templates$", kind="status", status=400, times=2)
    rule = scene.live_rule(shop.store, "cart_recovery", text_after_hours=0, offer_after_hours=0)
    now = timezone.now()

    setting_up.ask(rule, now, make=True)
    setting_up.go_on(Connection.objects.select_related("store").get(pk=shop.klaviyo.pk), now)

    item = SetUpItem.objects.get()
    assert item.state == SetUpItem.State.FAILED
    assert item.trouble.startswith("At the template: Klaviyo, ")
    assert RunLogEntry.objects.filter(code="set_up_failed").count() == 1
    assert "At the template" in Attention.objects.open().get(code="mailing_not_ready").sentence

"""Requests for a call become one alarm; evidence is read when it is wanted, and again after a wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from assessment.models import Assessment, AuditRequest
from connectors.models import Connection, Store
from connectors.sandbox.server import Sandbox
from orchestrator import work
from orchestrator.decide import assessments
from orchestrator.models import Attention
from tests.connectors.accounts import FakeAccount
from tests.orchestrator.admin import assessed

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def gorgias(sandbox: Sandbox) -> Iterator[FakeAccount]:
    account = FakeAccount(sandbox.url, "gorgias")
    with override_settings(ALLOW_LOOPBACK_VENDORS=True):
        yield account
    account.close()


def client(gorgias: FakeAccount | None = None) -> Store:
    store = Store.objects.create(slug="north-ridge", name="North Ridge", platform="shopify")
    if gorgias:
        row = Connection(store=store, vendor="gorgias", api_root=f"{gorgias.url}/gorgias")
        row.seal(gorgias.credentials)
        row.save()
    return store


@pytest.mark.parametrize("is_client", [True, False])
def test_a_request_is_told_once_and_closed_by_staff(is_client: bool) -> None:
    row = assessed.finished(client() if is_client else None, NOW, "cross_tool")
    call = AuditRequest.objects.create(assessment=row, name="Ana", email="ana@shop.test", asked_at=NOW)

    work.look_after_assessments(NOW)
    work.look_after_assessments(NOW + timedelta(minutes=1))

    alarm = Attention.objects.get()
    assert (alarm.code, alarm.reference, alarm.store) == ("audit_call_asked", f"call:{call.pk}", row.store)
    assert "ana@shop.test" not in alarm.sentence
    assert assessments.close_call(call, NOW)
    assert not assessments.close_call(call, NOW)
    assert not Attention.objects.open().exists()


def test_evidence_is_read_for_a_client_that_finished(gorgias: FakeAccount) -> None:
    row = assessed.finished(client(gorgias), NOW)

    assert work.look_after_assessments(NOW) == 1
    assert work.look_after_assessments(NOW) == 0

    row.refresh_from_db()
    assert row.evidence is not None
    assert row.evidence["vip_queue"]["answer"] == "no"
    assert row.evidence["cart_steps"]["answer"] == "unseen"
    assert row.evidence_at == NOW


def test_a_visitor_has_no_evidence() -> None:
    assessed.finished(None, NOW)

    assert assessments.wanting_evidence(NOW) == []


def test_a_vendor_that_waits_is_asked_again_for_an_hour(gorgias: FakeAccount) -> None:
    row = assessed.finished(client(gorgias), NOW)
    gorgias.fault("/api/rules", "status", status=503, times=50)

    for minutes in (0, 30, 61):
        work.look_after_assessments(NOW + timedelta(minutes=minutes))
        row = Assessment.objects.get(pk=row.pk)
        assert (row.evidence_wanted_at is None) == (minutes == 61)

    assert row.evidence is not None
    assert row.evidence["vip_queue"]["answer"] == "unseen"

"""What the marketing tool expects of people is read ahead, in batches, for rules that look at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connectors.models import Connection, Store
from connectors.sandbox.server import Sandbox
from connectors.types import Money, Person, PredictionSnapshot
from orchestrator.decide import drain
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent, Prediction, RunLogEntry
from orchestrator.record import addresses, shopping
from tests import scene
from tests.connectors.accounts import FakeAccount
from tests.orchestrator.decide.shop import Origin, shop

pytestmark = pytest.mark.django_db

ANA = "ana@shop.test"
ASKS = {"all": [{"field": "customer.predicted_value", "op": "gt", "value": 300}]}
THEN = [{"action": "tag_ticket", "with": {"tag": "care"}}]


@pytest.fixture
def account(sandbox: Sandbox, settings: Any) -> Iterator[FakeAccount]:
    settings.ALLOW_LOOPBACK_VENDORS = True
    made = FakeAccount(sandbox.url, "klaviyo")
    made.control("POST", "limits", {"on": False})
    yield made
    made.close()


def store_with(account: FakeAccount, **rule: Any) -> Store:
    store = shop()
    row = Connection.objects.get(store=store, vendor="klaviyo")
    row.api_root, row.account = f"{account.url}/klaviyo", {"currency": "USD"}
    row.seal(account.credentials)
    row.save()
    scene.live_rule(store, "custom", **{"when": "ticket.opened", "then": THEN, **rule})
    return store


def opens(store: Store, number: int, email: str = ANA) -> None:
    now = timezone.now()
    since = (now - scene.START).total_seconds() / 60
    ticket = scene.ticket(number, since, email=email, created_at=now)
    inbox.accept(scene.connection(store, "gorgias"), [ticket], origin=Origin.WEBHOOK, now=now)


def decisions() -> list[str]:
    codes = ("decided_yes", "decided_no", "condition_unreadable")
    return list(RunLogEntry.objects.filter(code__in=codes).order_by("pk").values_list("code", flat=True))


def asked(account: FakeAccount) -> int:
    return len(account.requests("/api/profiles"))


def test_it_is_known_when_the_ticket_is_decided_and_read_once_a_day_for_all(account):
    store = store_with(account, **{"if": ASKS})
    for email, value in ((ANA, 320), ("ben@shop.test", 20)):
        account.do("profile_predict", email=email, predicted_clv=value)

    opens(store, 1)
    opens(store, 2, "ben@shop.test")
    drain.drain(store, timezone.now())
    opens(store, 3)
    drain.drain(store, timezone.now())

    assert decisions() == ["decided_yes", "decided_no", "decided_yes"]
    assert asked(account) == 1
    assert Prediction.objects.count() == 2


def test_where_no_rule_looks_nobody_is_asked(account):
    store = store_with(account)

    opens(store, 1)
    drain.drain(store, timezone.now())

    assert decisions() == ["decided_yes"]
    assert asked(account) == 0


@pytest.mark.parametrize("why", ["not told", "a stranger", "another currency", "down"])
def test_what_is_not_known_is_never_nought(account, why):
    store = store_with(account, **{"if": {"all": [{**ASKS["all"][0], "op": "lt"}]}})
    if why != "a stranger":
        account.do("profile_predict", email=ANA, **({} if why == "not told" else {"predicted_clv": 1}))
    if why == "another currency":
        Connection.objects.filter(vendor="klaviyo").update(account={"currency": "EUR"})
    if why == "down":
        account.fault("/api/profiles", "status", status=503, times=5)

    opens(store, 1)
    opens(store, 2)
    drain.drain(store, timezone.now())
    drain.drain(store, timezone.now())

    assert decisions() == ["condition_unreadable", "condition_unreadable"]
    assert asked(account) == 1
    health = Connection.objects.get(vendor="klaviyo").health
    assert (health == Connection.Health.WAITING) is (why == "down")


def test_what_was_read_a_week_ago_does_not_count(account):
    store = store_with(account, **{"if": ASKS})
    now = timezone.now()
    old = PredictionSnapshot(
        id="01P",
        source_at=now - timedelta(days=8),
        customer=Person(id="01P", emails=(ANA,)),
        value=Money(Decimal(900), "USD"),
    )
    inbox.accept(scene.connection(store, "klaviyo"), [old], origin=Origin.POLL, now=now)
    opens(store, 1)

    drain.drain(store, now)

    assert decisions() == ["condition_unreadable"]
    owners = addresses.person(store.pk, ANA).owners
    assert shopping.sentences(owners)[0].startswith("Predicted lifetime value: 900.00 USD, by the")


def test_an_event_that_cannot_be_read_holds_up_nothing(account):
    store = store_with(account, **{"if": ASKS})
    account.do("profile_predict", email=ANA, predicted_clv=320)
    opens(store, 1)
    InboxEvent.objects.update(body=b"{}")
    opens(store, 2)

    drain.drain(store, timezone.now())

    assert decisions() == ["decided_yes"]

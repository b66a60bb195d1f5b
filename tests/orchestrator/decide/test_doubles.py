"""What is live in a client's tools is read from them, and what was decided about it stays decided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.automations import Automation
from connectors.models import Store
from orchestrator.decide import doubles
from orchestrator.models import Existing, Inventory
from tests.connectors.accounts import FakeAccount
from tests.orchestrator.decide.test_evidence import METRICS, VIP_RULE, by_metric, connected, flow, send
from tests.processes import until

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
CART = flow("Cart", by_metric("MTRCRT"), send("a", None))
DRAFT = flow("Cart, draft", by_metric("MTRCRT"), send("a", None), status="draft")


def read(store: Store, now: datetime = NOW) -> None:
    """The fake lets us see a few flows a second, as the vendor does."""

    def is_read() -> bool:
        try:
            doubles.read(store, now)
        except doubles.Waiting:
            return False
        return True

    until(is_read)


def found(store: Store) -> dict[str, str]:
    return dict(Existing.objects.filter(store=store).values_list("name", "double_of"))


def test_live_flows_and_rules_are_read_and_doubles_named(accounts: dict[str, FakeAccount]) -> None:
    accounts["klaviyo"].seed(metrics=METRICS, flows=[CART, DRAFT])
    accounts["gorgias"].seed(rules=[VIP_RULE])
    store = connected(*accounts.values())

    for _ in range(2):
        read(store)

    assert found(store) == {"Cart": "cart_recovery", "VIP first": "vip"}
    inventory = Inventory.objects.get(store=store)
    assert (inventory.read_at, inventory.wanted_at) == (NOW, None)


def test_a_decision_outlives_another_look_and_goes_with_what_it_was_about(
    accounts: dict[str, FakeAccount],
) -> None:
    accounts["klaviyo"].seed(metrics=METRICS, flows=[CART])
    accounts["gorgias"].seed(rules=[VIP_RULE])
    store = connected(*accounts.values())
    read(store)
    Existing.objects.filter(store=store).update(decision=Existing.Decision.THEIRS)

    read(store)
    assert set(Existing.objects.filter(store=store).values_list("decision", flat=True)) == {"theirs"}
    Existing.objects.filter(store=store, double_of="vip").update(object_id="gone")
    read(store)

    assert dict(Existing.objects.filter(store=store).values_list("name", "decision")) == {
        "Cart": "theirs",
        "VIP first": "",
    }


@pytest.mark.django_db
def test_a_tool_that_is_not_connected_leaves_all_as_it_was() -> None:
    store = Store.objects.create(slug="north-ridge", name="North Ridge", platform="shopify")
    kept = Existing.objects.create(store=store, vendor="klaviyo", kind="flow", object_id="1", name="Cart")

    with pytest.raises(doubles.Unseen, match="Live flows cannot be seen"):
        doubles.read(store, NOW)

    assert Existing.objects.filter(pk=kept.pk).exists()
    assert not Inventory.objects.exists()


@pytest.mark.django_db
def test_who_waits_too_long_has_to_ask_again() -> None:
    store = Store.objects.create(slug="north-ridge", name="North Ridge", platform="shopify")
    row = Inventory.objects.create(store=store, wanted_at=NOW)

    assert doubles.wanted(NOW) == [store.pk]
    assert doubles.look(row, NOW + timedelta(minutes=1)) == 0
    assert doubles.wanted(NOW) == []


@pytest.mark.parametrize(
    ("trigger", "double"),
    [("Checkout Started", "cart_recovery"), ("Cart recovery: email", ""), ("Post purchase: follow-up", "")],
)
def test_a_flow_that_our_own_event_starts_is_no_double(trigger: str, double: str) -> None:
    found = Automation(kind="flow", id="1", name="Reminder", trigger=trigger, channels=("email",))

    assert doubles.double_of(found) == double

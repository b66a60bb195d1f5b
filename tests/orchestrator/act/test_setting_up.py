"""What a rule needs at the marketing tool: made once when staff ask, watched ever after, never silent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.models import Connection
from orchestrator.act import setting_up
from orchestrator.models import Attention, RunLogEntry, SetUpItem
from rules import publish
from rules.models import Rule
from tests import scene
from tests.orchestrator.act.conftest import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick")]
State = SetUpItem.State
ONE_MAIL = {"text_after_hours": 0, "offer_after_hours": 0}
FLOW = "Orchestrator: Cart recovery: email"


@pytest.fixture
def quick(shop: Shop) -> Iterator[None]:
    shop.control("POST", "limits", {"job_seconds": 0, "on": False})
    yield
    shop.control("POST", "limits", {"job_seconds": 2, "on": True})


def carts(shop: Shop, mode: str = "live", **params: Any) -> Rule:
    return scene.live_rule(shop.store, "cart_recovery", mode, **{**ONE_MAIL, **params})


def account(shop: Shop) -> Connection:
    return Connection.objects.select_related("store").get(pk=shop.klaviyo.pk)


def press(shop: Shop, rule: Rule, *, make: bool = True, now: datetime | None = None) -> None:
    moment = now or timezone.now()
    setting_up.ask(rule, moment, make=make)
    setting_up.go_on(account(shop), moment)


def states() -> dict[str, str]:
    return dict(SetUpItem.objects.values_list("key", "state"))


def made(shop: Shop) -> dict[str, int]:
    state = shop.state("klaviyo")
    return {kind: len(state[kind]) for kind in ("metrics", "templates", "flows", "lists")}


def codes() -> list[str]:
    rows = RunLogEntry.objects.filter(code__startswith="set_up").order_by("pk")
    return list(rows.values_list("code", flat=True))


def alarms() -> list[str]:
    return list(Attention.objects.open().filter(code="mailing_not_ready").values_list("sentence", flat=True))


def test_one_press_makes_everything_and_says_what_is_left(shop: Shop) -> None:
    rule = carts(shop)

    press(shop, rule)

    item = SetUpItem.objects.get()
    (flow,) = shop.state("klaviyo")["flows"]
    (told,) = alarms()
    assert (flow["name"], flow["status"]) == (FLOW, "draft")
    assert (item.state, item.due_at, item.is_asked) == (State.TO_DO, None, False)
    assert codes() == ["set_up_made"] * 3 + ["set_up_open"]
    assert "turn the flow on (Live)" in told


def test_a_second_press_makes_nothing_twice(shop: Shop) -> None:
    rule = carts(shop)
    press(shop, rule)
    before = made(shop)

    press(shop, rule)

    assert made(shop) == before == {"metrics": 1, "templates": 1, "flows": 1, "lists": 1}
    assert codes().count("set_up_made") == 3
    assert len(alarms()) == 1


def test_going_live_there_ends_the_alarm_and_going_back_begins_it(shop: Shop) -> None:
    rule = carts(shop)
    press(shop, rule)
    seen = []
    for status in ("live", "manual", "live"):
        shop.do("klaviyo", "flow_set_status", flow=FLOW, status=status)
        press(shop, rule, make=False)
        seen.append((SetUpItem.objects.get().state, len(alarms())))

    assert seen == [("done", 0), ("to_do", 1), ("done", 0)]
    assert codes().count("set_up_ready") == 2


def test_what_failed_half_way_is_told_by_step_and_goes_on(shop: Shop) -> None:
    rule = carts(shop)
    shop.fault("klaviyo", "/api/templates$", kind="status", status=400, times=2)
    press(shop, rule)
    failed = SetUpItem.objects.get()

    shop.control("DELETE", "faults")
    press(shop, rule)

    assert failed.state == State.FAILED
    assert failed.trouble.startswith("At the template: Klaviyo, ")
    assert "HTTP 400" in failed.trouble
    assert made(shop) == {"metrics": 1, "templates": 1, "flows": 1, "lists": 1}
    assert "set_up_failed" in codes()


def test_a_missing_scope_is_named_and_leaves_the_connection_alone(shop: Shop) -> None:
    scopes = ["metrics:read", "events:write", "flows:read", "lists:read", "lists:write", "templates:read"]
    shop.control("PUT", f"klaviyo/accounts/{shop.slug}", {"scopes": scopes})

    press(shop, carts(shop))

    assert "templates:write" in SetUpItem.objects.get().trouble
    assert account(shop).health != Connection.Health.ATTENTION
    assert "templates:write" in alarms()[0]


def test_a_call_that_broke_off_is_looked_for_before_it_is_made_again(shop: Shop) -> None:
    rule, now = carts(shop), timezone.now()
    shop.fault("klaviyo", "/api/flows$", kind="reset", when="after", times=2)
    press(shop, rule, now=now)
    waiting = SetUpItem.objects.get()

    shop.control("DELETE", "faults")
    for minutes in (1, 2):
        setting_up.go_on(account(shop), now + timedelta(minutes=minutes))

    assert waiting.is_asked
    assert waiting.due_at is not None
    assert waiting.due_at > now
    assert made(shop)["flows"] == 1
    assert states() == {"event:Cart recovery: email": "to_do"}


def test_what_somebody_else_is_at_is_left_to_them(shop: Shop) -> None:
    rule, now = carts(shop), timezone.now()
    setting_up.ask(rule, now, make=True)
    (item,) = setting_up._due(account(shop), now)

    taken = setting_up._take(item, now), setting_up._take(item, now)

    assert taken == (True, False)
    assert setting_up.connections_due(now) == []
    assert setting_up.connections_due(now + setting_up.LEASE) == [shop.klaviyo.pk]


def test_an_hourly_look_tells_of_a_live_rule_that_reaches_nobody(shop: Shop) -> None:
    rule, now = carts(shop), timezone.now()

    setting_up.look_over(account(shop), now)
    setting_up.go_on(account(shop), now)

    (told,) = alarms()
    assert Attention.objects.get(code="mailing_not_ready").reference.startswith(f"rule:{rule.pk}:")
    assert states() == {"event:Cart recovery: email": "missing"}
    assert "never seen “Cart recovery: email”" in told
    assert made(shop) == {"metrics": 0, "templates": 0, "flows": 0, "lists": 0}


def test_a_rule_that_is_switched_off_raises_no_alarm(shop: Shop) -> None:
    rule, now = carts(shop), timezone.now()
    press(shop, rule)

    publish.set_mode(rule, "draft", now=now)
    setting_up.look_over(account(shop), now)

    assert alarms() == []


def test_only_what_a_message_depends_on_raises_an_alarm(shop: Shop) -> None:
    """A flow that also writes to held people is told elsewhere; a custom event may start nothing at all."""
    rule = carts(shop)
    (metric,) = shop.control(
        "PUT", f"klaviyo/accounts/{shop.slug}", {"seed": {"metrics": [{"name": "Cart recovery: email"}]}}
    )["seeded"]["metrics"]
    template = {"seed": {"templates": [{"id": "TPL001"}], "lists": [{"id": "LSTHLD", "name": "Hold"}]}}
    shop.control("PUT", f"klaviyo/accounts/{shop.slug}", template)
    message = {"status": "live", "message": {"template_id": "TPL001"}}
    action = {"id": "a", "type": "send-email", "links": {"next": None}, "data": message}
    definition = {"triggers": [{"type": "metric", "id": metric}], "actions": [action]}
    shop.do("klaviyo", "flow_create", name="Ours", status="live", definition=definition)
    then = [{"action": "send_event", "with": {"metric": "Ticket opened", "properties": {"a": 1}}}]
    custom = scene.live_rule(shop.store, "custom", when="ticket.opened", then=then)
    Connection.objects.filter(pk=shop.klaviyo.pk).update(resources={"hold_list": "LSTHLD"})

    press(shop, rule, make=False)
    press(shop, custom, make=False)

    assert states() == {"event:Cart recovery: email": "to_do", "event:Ticket opened": "missing"}
    assert alarms() == []


def test_what_the_rule_needs_no_more_is_forgotten(shop: Shop) -> None:
    rule = carts(shop, "draft", text_after_hours=24)
    press(shop, rule, make=False)
    before = set(states())

    rule.params = {**rule.params, "text_after_hours": 0}
    rule.save()
    press(shop, rule, make=False)

    assert before == {"event:Cart recovery: email", "event:Cart recovery: text"}
    assert set(states()) == {"event:Cart recovery: email"}


@pytest.mark.parametrize(
    ("recipe", "params", "names"),
    [
        ("vip", {}, {"VIP: yes"}),
        ("first_purchase", {}, {"First purchase date: the last 30 days"}),
        (
            "order_status",
            {},
            {f"Order status: {each}" for each in ("fulfilled", "delayed", "cancelled", "refunded")},
        ),
        ("region_routing", {"regions": {"US": "East"}}, {"Region: East"}),
    ],
)
def test_segments_are_made_once(shop: Shop, recipe: str, params: dict[str, Any], names: set[str]) -> None:
    rule = scene.live_rule(shop.store, recipe, **params)

    for _ in range(2):
        press(shop, rule)

    assert sorted(each["name"] for each in shop.state("klaviyo")["segments"]) == sorted(names)
    assert set(states().values()) == {"done"}
    assert alarms() == []


def test_a_client_without_a_marketing_tool_has_nothing_to_set_up() -> None:
    rule = scene.live_rule(scene.client(vendors=("gorgias",)), "cart_recovery")

    assert setting_up.ask(rule, timezone.now(), make=True) == []
    assert not SetUpItem.objects.exists()

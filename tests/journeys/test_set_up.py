"""What a rule needs in Klaviyo: one press makes it, people turn it on, and who is held is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from orchestrator.act import setting_up
from orchestrator.models import Attention
from rules.models import Rule
from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, House
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = ("email", "text", "offer")
RULE = {"recipe": "cart_recovery", "name": "Carts", "mode": "live", "params": {}}
SKIPPED = "Fails Flow Filters"


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


def flows(house: House) -> dict[str, str]:
    account = house.control("GET", f"klaviyo/accounts/{house.slug}")
    return {each["name"]: each["status"] for each in account["flows"]}


def alarms() -> int:
    return Attention.objects.open().filter(code="mailing_not_ready").count()


def sent_to(house: House, email: str) -> str | None:
    """Why the first reminder's flow would not write to somebody now."""
    flow = f"Orchestrator: Cart recovery: {STEPS[0]}"
    (message,) = house.do("klaviyo", "flow_send", flow=flow, email=email)["messages"]
    skipped: str | None = message["skipped"]
    return skipped


def test_one_press_makes_drafts_and_once_they_are_on_only_the_held_hear_nothing(
    new_house: Callable[..., House],
) -> None:
    house = new_house(RULE)
    before = alarms()

    setting_up.ask(Rule.objects.get(), timezone.now(), make=True)
    work()
    drafts, reached = flows(house), sent_to(house, BEN)
    for name in drafts:
        house.do("klaviyo", "flow_set_status", flow=name, status="live")
    work(minutes=61)
    house.do("klaviyo", "list_member_add", list=f"Orchestrator hold: {house.slug}", email=ANA)

    assert drafts == {f"Orchestrator: Cart recovery: {step}": "draft" for step in STEPS}
    assert (before, alarms()) == (3, 0)
    assert (reached, sent_to(house, BEN), sent_to(house, ANA)) == ("Draft", None, SKIPPED)

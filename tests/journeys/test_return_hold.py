"""Something is sent back: its buyer hears no marketing until it is done, and is answered once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management.base import CommandError

from orchestrator.models import Attention, RunLogEntry, Suppression
from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, House
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

LABEL = "https://shop.test/label.pdf"
RULE = {"recipe": "return_hold", "name": "Returns", "mode": "live", "params": {"label": LABEL}}
THANKS = "Thank you for your message. We have received your return request and will get back to you soon."
ABOUT_IT = {"subject": "I want to return my boots"}


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


def held_for() -> set[str]:
    """The kinds of things that hold somebody now."""
    return {each.split(":")[1] for each in Suppression.objects.open().values_list("reference", flat=True)}


def labels(house: House) -> list[str]:
    account = house.control("GET", f"shopify/accounts/{house.slug}")
    return [each["label_url"] for each in account["returns"]]


def reasons() -> set[str]:
    rows = RunLogEntry.objects.filter(code="action_skipped")
    return {row.details["because"] for row in rows}


def test_a_return_is_held_answered_labelled_and_let_go(new_house: Callable[..., House]):
    house = new_house(RULE, delivery="storm", customers=[{"email": ANA}])
    house.do("klaviyo", "profile_create", email=ANA)
    order = house.buys()
    parcel = house.happens("return_request", order_id=order)["id"]
    ticket = house.opens_ticket(**ABOUT_IT)
    house.settles()
    held, asked = house.on_hold_list(), house.replies_on(ticket)

    house.happens("return_approve", id=parcel)
    house.do("gorgias", "ticket_tag", id=ticket, tag="boots")
    house.do("gorgias", "ticket_close", id=ticket)
    house.settles()
    left = held_for()
    house.happens("return_close", id=parcel)
    house.settles()

    assert (held, left, house.on_hold_list()) == ({ANA}, {"return"}, set())
    assert asked == house.replies_on(ticket) == [f"{THANKS}\n\nYour return label: {LABEL}"]
    assert labels(house) == [LABEL]
    assert house.sent("reply") == 1
    assert not Attention.objects.open().exists()


def test_that_a_return_was_declined_is_seen_within_the_hour_though_nobody_tells(
    new_house: Callable[..., House],
):
    house = new_house(RULE, customers=[{"email": ANA}])
    house.do("klaviyo", "profile_create", email=ANA)
    parcel = house.happens("return_request", order_id=house.buys())["id"]
    house.settles()
    held = house.on_hold_list()

    house.control("POST", "webhooks", {"delivery": "paused"})
    house.happens("return_decline", id=parcel)
    for minutes in (30, 65, 67):
        work(minutes=minutes)

    assert (held, house.on_hold_list()) == ({ANA}, set())


def test_who_needs_no_answer_gets_none_and_two_rules_give_one(new_house: Callable[..., House]):
    house = new_house(RULE, {**RULE, "name": "Returns again", "params": {"text": "Thanks again."}})
    answered, once, other = (
        house.opens_ticket(BEN, **ABOUT_IT),
        house.opens_ticket(**ABOUT_IT),
        house.opens_ticket(),
    )
    house.do("gorgias", "ticket_reply", id=answered, from_agent=True, body_text="Here is how.")
    robot = house.opens_ticket("no-reply@carrier.test", **ABOUT_IT)
    lost = house.opens_ticket("ana@nowhere.invalid", **ABOUT_IT)

    with pytest.raises(CommandError, match="failed for good"):
        house.settles()
    house.settles()

    assert house.replies_on(answered) == ["Here is how."]
    assert [len(house.replies_on(each)) for each in (once, other, robot, lost)] == [1, 0, 0, 1]
    assert reasons() == {"somebody or something has answered the ticket already"}
    assert held_for() == {"ticket"}
    (alarm,) = Attention.objects.open().filter(code="action_failed")
    assert "could not send this reply" in alarm.sentence

"""A rule that may reach few customers by itself: the others hear when a person says yes, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orchestrator.models import Approval, OutboxAction, RunLogEntry
from tests.journeys import houses
from tests.journeys.houses import House
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

METRIC = "Ticket opened"
RULE = {
    "recipe": "custom",
    "name": "Say thanks",
    "mode": "live",
    "limits": {"approve_above": 2},
    "params": {
        "when": "ticket.opened",
        "then": [{"action": "send_event", "with": {"metric": METRIC, "properties": {}}}],
    },
}


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


def says(answer: str) -> None:
    """A person answers in the admin."""
    staff = Client()
    staff.force_login(User.objects.create_superuser("maya"))
    row = Approval.objects.open().get()
    url = reverse("admin:orchestrator_approval_answer", args=[row.pk])
    assert staff.post(url, {"answer": answer, "because": "Looked at it."}).status_code == 302


@pytest.mark.parametrize(
    ("delivery", "answer", "heard"), [("storm", "approved", 5), ("storm", "rejected", 2)]
)
def test_who_is_above_the_limit_hears_when_a_person_says_so(
    new_house: Callable[..., House], delivery: str, answer: str, heard: int
):
    house = new_house(RULE, delivery=delivery)
    for number in range(5):
        house.opens_ticket(f"c{number}@shop.test")
    house.webhooks_delivered()
    for minutes in (1, 4, 30):  # whatever becomes of a worker: what is parked stands in the table
        work(minutes=minutes)
    before = len(house.told_klaviyo(METRIC))

    says(answer)
    for minutes in (31, 34):
        work(minutes=minutes)

    told = [each["email"] for each in house.told_klaviyo(METRIC)]
    assert before == 2
    assert (len(told), len(set(told))) == (heard, heard)
    assert OutboxAction.objects.filter(state="parked").count() == 0
    assert RunLogEntry.objects.get(code=f"approval_{answer}").details["by"] == "maya"

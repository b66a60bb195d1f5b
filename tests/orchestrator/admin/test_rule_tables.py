"""Tables among a rule's settings: a line for each name, as people write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from rules import registry
from rules.models import Rule
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.test_rule import ADD, errors


@pytest.fixture
def client(db: None, enter: Callable[[User], Client]) -> Client:
    return enter(examples.administrator())


def test_a_table_is_written_in_lines_and_shown_in_lines(client: Client) -> None:
    sent = {
        "name": "Regions",
        "store": examples.store().pk,
        "param_regions": "us-ca = West\nDE = Europe",
        "param_default_region": "",
        "param_marketing_property": "Region",
        "param_teams": "Europe = Berlin",
    }

    wrong = client.post(f"{ADD}?recipe=region_routing", {**sent, "param_teams": "Asia = Tokyo"})
    client.post(f"{ADD}?recipe=region_routing", sent)

    rule = Rule.objects.get()
    assert "“Asia”, which is no region" in str(errors(wrong)["param_teams"])
    assert rule.params["regions"] == {"US-CA": "West", "DE": "Europe"}
    assert "DE = Europe\nUS-CA = West" in client.get(pages.change(rule)).content.decode()


def test_amounts_are_kept_as_they_were_written(client: Client) -> None:
    offered = {name: field.initial for name, field in registry.recipe("vip").Params.base_fields.items()}
    sent = {f"param_{name}": value for name, value in offered.items()}

    client.post(
        f"{ADD}?recipe=vip",
        {**sent, "name": "VIP", "store": examples.store().pk, "param_spent": "USD = 99.50"},
    )

    assert Rule.objects.get().params["spent"] == {"USD": "99.50"}

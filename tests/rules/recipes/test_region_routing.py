"""An address gives a region; a region gives a property, and a new ticket its team."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.core.exceptions import ValidationError

from connectors.types import Transition
from rules import params
from rules.actions.assign_team import AssignTeam
from rules.actions.set_property import SetProperty
from rules.decision import Answer, Decision, Message, No, State
from rules.facts import Facts
from rules.purchases import Story
from rules.recipes import region_routing
from tests.rules.examples import ANA, CUSTOMER, change, facts, rule, ticket

TABLE: dict[str, Any] = {
    "regions": {"US-CA": "West", "US": "East", "DE": "Europe"},
    "teams": {"West": "Team West", "Europe": "Berlin"},
}


def known(story: Story | None, country: str = "", region: str = "", **fields: Any) -> Facts:
    customer = msgspec.structs.replace(CUSTOMER, story=story, country=country, region=region)
    given = {"ticket": None, "change": change(Transition.CUSTOMER_CHANGED), **fields}
    return facts(customer=customer, **given)


def decide(about: Facts, **values: Any) -> list[Answer]:
    cleaned = params.clean(rule("region_routing").recipe, {**TABLE, **values})
    return list(region_routing.decide(about, cleaned))


@pytest.mark.parametrize(
    ("shipped", "own", "region"),
    [
        (("US", "CA"), ("DE", ""), "West"),
        (("US", "NY"), ("", ""), "East"),
        (("US", ""), ("", ""), "East"),
        (("", ""), ("DE", "BE"), "Europe"),
        (("FR", ""), ("DE", ""), "Rest"),
    ],
)
def test_the_province_goes_before_the_country_and_an_order_before_the_record(shipped, own, region):
    (answer,) = decide(known(Story(country=shipped[0], region=shipped[1]), *own), default_region="Rest")

    assert isinstance(answer, Decision)
    assert answer.effect == State(
        action=SetProperty(email=ANA, name="Region", value=region), key="property", subject=ANA
    )


@pytest.mark.parametrize(
    ("about", "values", "reason"),
    [
        (known(None), {}, "no_storefront"),
        (known(Story()), {}, "no_address"),
        (known(Story()), {"default_region": "Rest"}, "no_address"),
        (known(Story(country="FR")), {}, "region_not_listed"),
        (known(Story(country="DE")), {"marketing_property": ""}, "no_action"),
    ],
)
def test_what_gives_no_region_gets_a_no_with_its_reason(about, values, reason):
    (answer,) = decide(about, **values)

    assert isinstance(answer, No)
    assert answer.reason == reason


def test_a_new_ticket_without_a_team_gets_that_of_the_region():
    wish, message = decide(known(Story(country="DE"), ticket=ticket(), change=change()))

    assert isinstance(wish, Decision)
    assert isinstance(message, Decision)
    assert message.effect == Message(
        action=AssignTeam(ticket_id="555", team="Berlin"), key="team", subject=ANA
    )


def test_a_stranger_s_ticket_goes_to_the_default_and_no_profile_is_made():
    about = known(Story(), ticket=ticket(), change=change())

    (answer,) = decide(about, default_region="Rest", teams={"Rest": "Everybody"})

    assert isinstance(answer, Decision)
    assert isinstance(answer.effect, Message)


@pytest.mark.parametrize(
    ("fields", "country", "reason"),
    [
        ({"team": "Returns"}, "DE", "has_team"),
        ({"is_open": False}, "DE", "ticket_closed"),
        ({"is_spam": True}, "DE", "ticket_closed"),
        ({}, "US", "region_without_team"),
    ],
)
def test_other_tickets_stay_where_they_are(fields, country, reason):
    about = known(Story(country=country), ticket=ticket(**fields), change=change())

    _, answer = decide(about)

    assert isinstance(answer, No)
    assert answer.reason == reason


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"regions": {"Germany": "Europe"}}, "is no country"),
        ({"teams": {"Asia": "Tokyo"}}, "which is no region of the table and not the default"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(values, told):
    with pytest.raises(ValidationError, match=told):
        params.clean(rule("region_routing").recipe, {**TABLE, **values})


def test_it_reads_as_one_sentence():
    tuned, plain = rule("region_routing", {**TABLE, "default_region": "Rest"}), rule("region_routing")

    assert tuned.recipe.sentence(tuned.params) == (
        "By the customer's address tell their region (“West”, “East”, “Europe” or “Rest”); write it into the "
        "marketing property “Region” and give new tickets that have no team to “Team West” (West) and "
        "“Berlin” (Europe)."
    )
    assert plain.recipe.sentence(plain.params) == "No region is named yet, so nothing is done."

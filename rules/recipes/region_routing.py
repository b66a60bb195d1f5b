"""Write down a customer's region for marketing, and give new tickets to the team of their region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms

from connectors.types import Segment, SetUp, TicketSnapshot, Transition
from rules.actions.assign_team import AssignTeam
from rules.actions.base import AnyAction
from rules.actions.set_property import SetProperty
from rules.decision import Answer, Decision, Message, No, State
from rules.facts import CustomerFacts, Facts
from rules.fields import RegionsField, TableField
from rules.sentences import listed, quoted

slug = "region_routing"
label = "Route by region"
steers = frozenset({"customer"})


class Params(forms.Form):
    regions = RegionsField(
        required=False,
        initial={},
        help_text="The region of each country or province, a line for each, such as US-CA = West or "
        "DE = Europe. A province counts more than its country.",
    )
    default_region = forms.CharField(
        required=False,
        max_length=60,
        initial="",
        help_text="The region of all other addresses, and of tickets of people without one; empty: none.",
    )
    marketing_property = forms.CharField(
        required=False, max_length=255, initial="Region", help_text="Marketing property; empty: none."
    )
    teams = TableField(
        required=False,
        initial={},
        help_text="The team for the new tickets of each region, a line for each: Europe = Team Berlin.",
    )

    def clean(self) -> dict[str, Any]:
        """A team of a region that no address has would wait for ever."""
        values = self.cleaned_data
        known = {*values.get("regions", {}).values(), values.get("default_region")}
        unknown = [each for each in values.get("teams", {}) if each not in known]
        if unknown and "regions" in values:
            self.add_error(
                "teams", f"Names {quoted(unknown[0])}, which is no region of the table and not the default."
            )
        return values


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return frozenset(
        {
            Transition.ORDER_PLACED,
            Transition.CUSTOMER_CHANGED,
            Transition.CUSTOMER_MERGED,
            Transition.TICKET_OPENED,
        }
    )


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset()


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    done: list[type[AnyAction]] = [SetProperty] if params["marketing_property"] else []
    done += [AssignTeam] if params["teams"] else []
    return frozenset({Transition.ORDER_PLACED, *(each.asks for each in done)})


def sentence(params: Mapping[str, Any]) -> str:
    named = [*dict.fromkeys([*params["regions"].values(), params["default_region"]])]
    regions = listed([quoted(each) for each in named if each], "or")
    if not regions:
        return "No region is named yet, so nothing is done."
    done = []
    if params["marketing_property"]:
        done.append(f"write it into the marketing property {quoted(params['marketing_property'])}")
    if params["teams"]:
        given = listed([f"{quoted(team)} ({region})" for region, team in params["teams"].items()])
        done.append(f"give new tickets that have no team to {given}")
    return f"By the customer's address tell their region ({regions}); {listed(done) or 'do nothing yet'}."


def sets_up(params: Mapping[str, Any]) -> Sequence[SetUp]:
    name = params["marketing_property"]
    regions = {*params["regions"].values(), params["default_region"]}
    return [
        Segment(name=f"{name}: {each}", property=name, value=each)
        for each in sorted(regions)
        if each and name
    ]


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    customer = facts.customer
    if customer is None or customer.story is None:
        yield No(reason="no_storefront", is_unreadable=True)
        return
    country, province = _address(customer)
    region = _region(country, province, params)
    seen = {"country": country, "province": province, "region": region}
    if not region:
        yield No(reason="region_not_listed" if country else "no_address", seen=seen)
        return
    answers: list[Answer] = []
    if country and facts.email and params["marketing_property"]:
        action = SetProperty(email=facts.email, name=params["marketing_property"], value=region)
        wish = State(action=action, key="property", subject=facts.email)
        answers.append(Decision(effect=wish, because="region_known", seen=seen))
    if facts.ticket is not None and params["teams"]:
        answers.append(_routed(facts, facts.ticket, params["teams"].get(region, ""), seen))
    yield from answers or [No(reason=_nothing(facts, country), seen=seen)]


def _nothing(facts: Facts, country: str) -> str:
    """Why a region leads to nothing."""
    if not country:
        return "no_address"
    return "no_action" if facts.email else "no_email"


def _address(customer: CustomerFacts) -> tuple[str, str]:
    """Where the newest order went that names a country; else the customer's own address."""
    story = customer.story
    if story and story.country:
        return story.country, story.region
    return customer.country or "", customer.region or ""


def _region(country: str, province: str, params: Mapping[str, Any]) -> str:
    regions: Mapping[str, str] = params["regions"]
    listed_as = regions.get(f"{country}-{province}".upper()) or regions.get(country.upper())
    return listed_as or str(params["default_region"])


def _routed(facts: Facts, ticket: TicketSnapshot, team: str, seen: Mapping[str, Any]) -> Answer:
    """New tickets only: a team that somebody chose stays."""
    if reason := _why_not(ticket, team):
        return No(reason=reason, seen={**seen, "team": ticket.team, "key": "team"})
    message = Message(action=AssignTeam(ticket_id=ticket.id, team=team), key="team", subject=facts.email)
    return Decision(effect=message, because="region_known", seen=seen)


def _why_not(ticket: TicketSnapshot, team: str) -> str:
    if not team:
        return "region_without_team"
    if ticket.team:
        return "has_team"
    return "" if ticket.needs_care else "ticket_closed"

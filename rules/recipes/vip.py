"""Know the best customers in every tool, and give their tickets precedence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from connectors.types import Segment, SetUp, TicketSnapshot, Transition
from rules.actions.assign_team import AssignTeam
from rules.actions.base import AnyAction
from rules.actions.set_customer_field import SetCustomerField
from rules.actions.set_priority import PRIORITIES, SetPriority
from rules.actions.set_property import SetProperty
from rules.actions.storefront_tag import ONE_TAG, has_tag
from rules.actions.tag_customer import TagCustomer
from rules.actions.tag_ticket import TagTicket
from rules.actions.untag_customer import UntagCustomer
from rules.actions.untag_ticket import UntagTicket
from rules.decision import Answer, Decision, No, State
from rules.facts import PREDICTED, TICKETS, CustomerFacts, Facts
from rules.fields import AmountsField, NameOrIdField
from rules.sentences import listed, quoted

slug = "vip"
label = "Know VIP customers in every tool"
steers = frozenset({"customer"})

YES = "yes"  # what stands in the helpdesk's field
MOST = 100_000


class Params(forms.Form):
    orders = forms.IntegerField(
        min_value=0,
        max_value=MOST,
        initial=3,
        help_text="So many orders make a VIP; 0: the number does not count.",
    )
    spent = AmountsField(
        required=False,
        initial={"USD": "500"},
        help_text="Who spent more than this is a VIP; a line for each currency, such as USD = 500.",
    )
    orders_hysteresis = forms.IntegerField(
        min_value=0,
        max_value=MOST,
        initial=0,
        help_text="So many orders fewer are still enough for somebody who is a VIP already.",
    )
    spent_hysteresis = forms.IntegerField(
        min_value=0,
        max_value=100,
        initial=10,
        help_text="So many percent less spent are still enough for somebody who is a VIP already.",
    )
    predicted_above = AmountsField(
        required=False,
        initial={},
        help_text="Whose predicted lifetime value in the marketing tool is more than this gets priority and "
        "team on open tickets, and no mark; a line for each currency. Empty: it does not count.",
    )
    customer_tag = forms.CharField(
        required=False,
        max_length=255,
        validators=[ONE_TAG],
        initial="VIP",
        help_text="Tag in the storefront; empty: none.",
    )
    marketing_property = forms.CharField(
        required=False, max_length=255, initial="VIP", help_text="Marketing property; empty: none."
    )
    customer_field = forms.CharField(
        required=False,
        max_length=255,
        initial="VIP",
        help_text="Customer field there; empty: none.",
    )
    ticket_tag = forms.CharField(
        required=False, max_length=256, initial="vip", help_text="Tag of their open tickets; empty: none."
    )
    priority = forms.ChoiceField(
        required=False,
        choices=[("", "As it is"), *((each, each.capitalize()) for each in PRIORITIES)],
        initial="high",
        help_text="Priority of their open tickets, unless it is higher already.",
    )
    team = NameOrIdField(required=False, initial="", help_text="Team of their open tickets; empty: as it is.")

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("orders") == 0 and values.get("spent") == {}:
            self.add_error("orders", "Is 0, and no amount is named: then nobody is a VIP. Name one.")
        return values


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return frozenset(
        {
            Transition.ORDER_PLACED,
            Transition.ORDER_REFUNDED,
            Transition.ORDER_CANCELLED,
            Transition.CUSTOMER_CHANGED,
            Transition.CUSTOMER_MERGED,
            Transition.TICKET_OPENED,
        }
    )


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({TICKETS, *([PREDICTED] if params["predicted_above"] else [])})


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    done: dict[str, type[AnyAction]] = {
        "customer_tag": TagCustomer,
        "marketing_property": SetProperty,
        "customer_field": SetCustomerField,
        "ticket_tag": TagTicket,
        "priority": SetPriority,
        "team": AssignTeam,
    }
    asked = (kind.asks for name, kind in done.items() if params[name])
    expected = (PREDICTED,) if params["predicted_above"] else ()
    return frozenset({Transition.ORDER_PLACED, *asked, *expected})


def sentence(params: Mapping[str, Any]) -> str:
    lines = [f"with {params['orders']} orders or more"] if params["orders"] else []
    lines += [f"who spent more than {amount} {currency}" for currency, amount in params["spent"].items()]
    marks = {
        "customer_tag": "tag them {} in the storefront",
        "marketing_property": "set the marketing property {}",
        "customer_field": "fill the helpdesk's customer field {}",
        "ticket_tag": "tag their open tickets {}",
        "priority": "raise these to the priority {}",
        "team": "give these to the team {}",
    }
    done = [told.format(quoted(params[name])) for name, told in marks.items() if params[name]]
    told = f"For a customer {listed(lines, 'or')}, {listed(done) or 'do nothing yet'}, as long as it is so."
    return f"{told}{_also(params)}"


def _also(params: Mapping[str, Any]) -> str:
    above = [f"{amount} {currency}" for currency, amount in params["predicted_above"].items()]
    if not (above and (params["priority"] or params["team"])):
        return ""
    who = "who is expected to spend more than"
    return f" Priority and team also for somebody {who} {listed(above, 'or')}."


def sets_up(params: Mapping[str, Any]) -> Sequence[SetUp]:
    name = params["marketing_property"]
    return [Segment(name=f"{name}: yes", property=name, value=True)] if name else []


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    customer = facts.customer
    if customer is None or customer.story is None or customer.order_count is None:
        yield No(reason="no_storefront", is_unreadable=True)
        return
    seen = _seen(customer, params)
    if not (reason := _why(customer, params)):
        yield No(reason="no_amount_for_currency", seen=seen, is_unreadable=True)
        return
    is_vip = reason != "not_vip"
    wishes = [*_of_customer(facts, customer, params, is_vip)]
    wishes += [wish for each in facts.open_tickets for wish in _mark(facts, each, params, is_vip)]
    is_expected = not is_vip and _is_expected(customer, params)
    routes = [
        wish
        for each in facts.open_tickets
        for wish in (_route(facts, each, params) if is_vip or is_expected else ())
    ]
    yield from (Decision(effect=each, because=reason, seen=seen) for each in wishes)
    why = "predicted_vip" if is_expected else reason
    yield from (Decision(effect=each, because=why, seen=seen) for each in routes)
    if not (wishes or routes):
        yield No(reason=reason if not is_vip else "set_already", seen=seen)


def _why(customer: CustomerFacts, params: Mapping[str, Any]) -> str:
    """The code of what makes a VIP, or not_vip; "" where a currency without an amount leaves it open."""
    count, spent = customer.order_count or 0, customer.spent_by_currency
    if _reaches(count, spent, params):
        return "vip"
    if customer.story and _was(customer, params) and _keeps(count, spent, params):
        return "still_vip"
    unknown = params["spent"] and any(
        amount > 0 and currency not in params["spent"] for currency, amount in spent.items()
    )
    return "" if unknown else "not_vip"


def _was(customer: CustomerFacts, params: Mapping[str, Any]) -> bool:
    """Whether they ever were one, as their orders tell: it does not matter when we heard of what."""
    story = customer.story
    return story is not None and _reaches(story.summit.order_count, story.summit.spent, params)


def _reaches(count: int, spent: Mapping[str, Decimal], params: Mapping[str, Any]) -> bool:
    has_bought = 0 < params["orders"] <= count
    return has_bought or any(spent.get(each, 0) > line for each, line in params["spent"].items())


def _keeps(count: int, spent: Mapping[str, Decimal], params: Mapping[str, Any]) -> bool:
    """Not below the line minus hysteresis. Of who has bought nothing any more nothing is kept."""
    enough = max(params["orders"] - params["orders_hysteresis"], 1)
    share = 1 - Decimal(params["spent_hysteresis"]) / 100
    has_bought = bool(params["orders"]) and count >= enough
    return has_bought or any(
        spent.get(each, Decimal()) >= line * share and spent.get(each, 0) > 0
        for each, line in params["spent"].items()
    )


def _of_customer(
    facts: Facts, customer: CustomerFacts, params: Mapping[str, Any], is_vip: bool
) -> Iterator[State]:
    tag, name, field = params["customer_tag"], params["marketing_property"], params["customer_field"]
    if tag and customer.record_id:
        kind = TagCustomer if is_vip else UntagCustomer
        action = kind(customer_id=customer.record_id, tag=tag)
        yield _wish(facts, "customer tag", action, not is_vip or bool(has_tag(customer.tags, tag)))
    if name and facts.email:
        marked = SetProperty(email=facts.email, name=name, value=True if is_vip else None)
        yield _wish(facts, "property", marked, not is_vip)
    for each in facts.desk_ids if field else ():
        filled = SetCustomerField(customer_id=each, name=field, value=YES if is_vip else "")
        yield _wish(facts, f"field:{each}", filled, not is_vip)


def _is_expected(customer: CustomerFacts, params: Mapping[str, Any]) -> bool:
    """Whether they will be worth it, as the marketing tool sees it: enough for care, not for a mark.

    What is not known is no reason; in another currency than the rule's neither.
    """
    told = customer.predicted
    return told is not None and told.amount > params["predicted_above"].get(told.currency, told.amount)


def _mark(facts: Facts, ticket: TicketSnapshot, params: Mapping[str, Any], is_vip: bool) -> Iterator[State]:
    tag = params["ticket_tag"]
    if tag:
        kind = TagTicket if is_vip else UntagTicket
        yield _wish(
            facts, f"tag:{ticket.id}", kind(ticket_id=ticket.id, tag=tag), not is_vip or tag in ticket.tags
        )


def _route(facts: Facts, ticket: TicketSnapshot, params: Mapping[str, Any]) -> Iterator[State]:
    """Priority and team are not lowered again: people have worked with them."""
    priority, team = params["priority"], params["team"]
    if priority and _is_below(ticket.priority, priority):
        raised = SetPriority(ticket_id=ticket.id, priority=priority)
        yield _wish(facts, f"priority:{ticket.id}", raised)
    if team and team.casefold() != ticket.team.casefold():
        yield _wish(facts, f"team:{ticket.id}", AssignTeam(ticket_id=ticket.id, team=team))


def _is_below(priority: str, line: str) -> bool:
    return priority not in PRIORITIES or PRIORITIES.index(priority) < PRIORITIES.index(line)


def _wish(facts: Facts, key: str, action: AnyAction, takes_back: bool = False) -> State:
    """What is so already without us is not ours, so it is only wished where we took it off before."""
    return State(action=action, key=key, subject=facts.email, takes_back=takes_back)


def _seen(customer: CustomerFacts, params: Mapping[str, Any]) -> dict[str, Any]:
    most = customer.story.summit if customer.story else None
    return {
        "orders": customer.order_count,
        "spent": {each: str(amount) for each, amount in customer.spent_by_currency.items()},
        "most_orders": most.order_count if most else None,
        "most_spent": {each: str(amount) for each, amount in most.spent.items()} if most else {},
        "line_orders": params["orders"],
        "line_spent": {each: str(amount) for each, amount in params["spent"].items()},
        **(_expectation(customer, params) if params["predicted_above"] else {}),
    }


def _expectation(customer: CustomerFacts, params: Mapping[str, Any]) -> dict[str, Any]:
    told, at = customer.predicted, customer.predicted_at
    return {
        "predicted": f"{told.amount} {told.currency}" if told else "not known",
        "predicted_at": at.isoformat() if at else None,
        "line_predicted": {each: str(amount) for each, amount in params["predicted_above"].items()},
    }

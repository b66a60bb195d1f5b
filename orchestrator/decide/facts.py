"""Gathers what a rule may know about a change from the world. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.types import (
    AnySnapshot,
    CartSnapshot,
    CustomerSnapshot,
    OrderSnapshot,
    Person,
    ProductSnapshot,
    ReturnSnapshot,
    TicketSnapshot,
)
from orchestrator.decide import cart_flows, goods, predictions, shelf, shelves
from orchestrator.decide.mirror import returns
from rules import subjects
from rules.facts import (
    BASKET,
    HEARD,
    PREDICTED,
    RETURNS,
    TICKETS,
    Change,
    CustomerFacts,
    Facts,
    OpenCause,
    OpenDraft,
    OrderFacts,
    ReturnFacts,
)

if TYPE_CHECKING:
    from orchestrator.decide.world import World


def gather(world: World, change: Change) -> Facts:
    told = world.snapshot(change.vendor, change.kind, change.object_id)
    returns_ = _returns(world, change.vendor, told) if told and RETURNS in world.wants else ()
    desk = _desk(world, change.vendor, told) if told and TICKETS in world.wants else {}
    customer = _customer(world, change.vendor, told, desk, returns_) if told else None
    return Facts(
        change=change,
        now=world.now,
        timezone=world.store.timezone,
        currency=world.store.currency,
        ticket=told if isinstance(told, TicketSnapshot) else None,
        customer=customer,
        order=_order(told) if isinstance(told, OrderSnapshot) else None,
        product=goods.product(world, told, change),
        cart=goods.cart(world, change.vendor, told) if isinstance(told, CartSnapshot) else None,
        held_products=_held_products(world, told),
        shelf=shelf.shelved(world, change.vendor, told),
        cart_flows=cart_flows.known(world.connections.get("marketing"), world.now),
        return_=_return(told) if isinstance(told, ReturnSnapshot) else None,
        causes=_causes(world, change.reference, customer.emails if customer else ()),
        drafts=_drafts(world, change.reference),
        **desk,
        open_returns=returns_,
        **(_offers(world, change.vendor, told) if isinstance(told, OrderSnapshot) else {}),
        heard_at=_heard(world, change, told) if told and HEARD in world.wants else {},
    )


def _offers(world: World, vendor: str, order: OrderSnapshot) -> dict[str, Any]:
    if BASKET not in world.wants:
        return {}
    basket = {"basket": world.offers.basket(vendor, order)}
    if not world.offers.windows:
        return basket
    sellers = world.offers.best_sellers(vendor, order)
    return {**basket, "owned": world.offers.owned(vendor, order), "best_sellers": sellers}


def _heard(world: World, change: Change, told: AnySnapshot) -> Mapping[int, datetime]:
    return world.heard.of(change.vendor, shelves.person_of(told), change.reference)


def _desk(world: World, vendor: str, told: AnySnapshot) -> dict[str, Any]:
    person, helpdesk = shelves.person_of(told), world.connections.get("helpdesk")
    if helpdesk is None:
        return {}
    return {
        "open_tickets": world.desk.open_tickets(vendor, person),
        "desk_ids": world.desk.ids(vendor, person, helpdesk.vendor),
    }


def _held_products(world: World, told: AnySnapshot | None) -> tuple[str, ...]:
    ids = {each.product_id for each in told.items} if isinstance(told, CartSnapshot) else set()
    return tuple(sorted(ids & world.held_products))


def _returns(world: World, vendor: str, told: AnySnapshot) -> tuple[ReturnSnapshot, ...]:
    return world.desk.open_returns(vendor, shelves.person_of(told))


def _drafts(world: World, reference: str) -> dict[int, tuple[OpenDraft, ...]]:
    by_rule: defaultdict[int, list[OpenDraft]] = defaultdict(list)
    for row in world.reorders.on(reference):
        if row.rule_id is not None:
            draft = OpenDraft(reference=row.reference, state=row.state, source_at=row.source_at)
            by_rule[row.rule_id].append(draft)
    return {rule_id: tuple(drafts) for rule_id, drafts in by_rule.items()}


def _customer(
    world: World,
    vendor: str,
    told: AnySnapshot,
    desk: Mapping[str, Any],
    open_returns: tuple[ReturnSnapshot, ...],
) -> CustomerFacts | None:
    """The person this object belongs to, under the addresses it names, with what the storefront knows."""
    if isinstance(told, ProductSnapshot):
        return None
    person = shelves.person_of(told)
    known = CustomerFacts(
        email=next(iter(person.emails), None),
        emails=person.emails,
        name=person.name,
        is_held=any(row.subject in person.emails for row in world.ledger.on("", person.emails)),
        open_tickets=len(desk["open_tickets"]) if desk else None,
    )
    expected = _expected(world, vendor, person)
    storefront = world.connections.get("storefront")
    if storefront is None:
        return msgspec.structs.replace(known, **expected)
    numbers, record = world.history.numbers(vendor, person), world.history.record(vendor, person)
    spent = dict(numbers.spent)
    return msgspec.structs.replace(
        known,
        open_returns=len(open_returns) if RETURNS in world.wants else None,
        order_count=numbers.order_count,
        spent=_spent_in(world.store.currency, spent),
        spent_by_currency=spent,
        story=world.history.story(vendor, person),
        record_id=record.id if record else person.id if vendor == storefront.vendor else "",
        **_of_record(record),
        **expected,
    )


def _expected(world: World, vendor: str, person: Person) -> dict[str, Any]:
    told = (
        predictions.newest(world.predictions, vendor, person, world.now) if PREDICTED in world.wants else None
    )
    if told is None or told.value is None:
        return {}
    is_ours = told.value.currency == world.store.currency
    return {
        "predicted_value": told.value.amount if is_ours else None,
        "predicted": told.value,
        "predicted_at": told.source_at,
    }


def _spent_in(currency: str, spent: Mapping[str, Decimal]) -> Decimal | None:
    """None for somebody who paid in other currencies only: without a rate it cannot be told."""
    return spent.get(currency, None if any(spent.values()) else Decimal())


def _of_record(record: CustomerSnapshot | None) -> dict[str, Any]:
    if record is None:
        return {}
    return {
        "tags": record.tags,
        "country": record.country,
        "region": record.region,
        "email_consent": record.email_consent or None,
        "sms_consent": record.sms_consent or None,
        "phone": subjects.number(record.person.phone),
    }


def _order(told: OrderSnapshot) -> OrderFacts:
    return OrderFacts(
        id=told.id,
        total=told.total.amount,
        currency=told.total.currency,
        number=told.number,
        refunded=told.refunded.amount if told.refunded else Decimal(),
        country=told.country,
        region=told.region,
        item_count=goods.count(told.items),
        items=told.items,
        payment_status=told.payment_status,
        fulfillment_status=told.fulfillment_status,
        is_cancelled=told.cancelled_at is not None,
        is_gone=told.is_gone,
        tags=told.tags,
        discount_codes=told.discount_codes,
        placed_at=told.placed_at,
        url=told.url,
    )


def _return(told: ReturnSnapshot) -> ReturnFacts:
    return ReturnFacts(
        id=told.id,
        status=told.status,
        reason=told.reason,
        order_number=told.order_number,
        item_count=goods.count(told.items),
        items=told.items,
        label_url=told.label_url,
        source_at=told.source_at,
        requested_at=told.requested_at,
        is_over=returns.is_over(told),
    )


def _causes(world: World, reference: str, emails: tuple[str, ...]) -> dict[int, tuple[OpenCause, ...]]:
    by_rule: defaultdict[int, list[OpenCause]] = defaultdict(list)
    for row in world.ledger.on(reference, emails):
        by_rule[row.rule_id].append(
            OpenCause(
                subject=row.subject,
                reference=row.reference,
                method=row.method,
                source_at=row.source_at,
                release_at=row.release_at,
                expires_at=row.expires_at,
            )
        )
    return {rule_id: tuple(causes) for rule_id, causes in by_rule.items()}

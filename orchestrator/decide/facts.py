"""Gathers what a rule may know about a change from the world. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connectors.types import (
    AnySnapshot,
    CartSnapshot,
    CustomerSnapshot,
    LineItem,
    OrderSnapshot,
    ProductSnapshot,
    ReturnSnapshot,
    TicketSnapshot,
)
from orchestrator.decide import shelf, shelves
from orchestrator.decide.mirror import returns
from rules.facts import (
    RETURNS,
    SALES,
    SHELF,
    TICKETS,
    CartFacts,
    Change,
    CustomerFacts,
    Facts,
    OpenCause,
    OpenDraft,
    OrderFacts,
    ProductFacts,
    ReturnFacts,
    Shelved,
)

if TYPE_CHECKING:
    from orchestrator.decide.world import World


def gather(world: World, change: Change) -> Facts:
    told = world.snapshot(change.vendor, change.kind, change.object_id)
    customer = _customer(world, change.vendor, told) if told else None
    return Facts(
        change=change,
        now=world.now,
        timezone=world.store.timezone,
        currency=world.store.currency,
        ticket=told if isinstance(told, TicketSnapshot) else None,
        customer=customer,
        order=_order(told) if isinstance(told, OrderSnapshot) else None,
        product=_product(world, told, change) if isinstance(told, ProductSnapshot) else None,
        cart=_cart(told) if isinstance(told, CartSnapshot) else None,
        held_products=_held_products(world, told),
        shelf=_shelf(world, change.vendor, told),
        return_=_return(told) if isinstance(told, ReturnSnapshot) else None,
        causes=_causes(world, change.reference, customer.emails if customer else ()),
        drafts=_drafts(world, change.reference),
        **(_desk(world, change.vendor, told) if told and TICKETS in world.wants else {}),
        open_returns=_returns(world, change.vendor, told) if told and RETURNS in world.wants else (),
    )


def _desk(world: World, vendor: str, told: AnySnapshot) -> dict[str, Any]:
    person, helpdesk = shelves.person_of(told), world.connections.get("helpdesk")
    if helpdesk is None:
        return {}
    return {
        "open_tickets": world.desk.open_tickets(vendor, person),
        "desk_ids": world.desk.ids(vendor, person, helpdesk.vendor),
    }


def _shelf(world: World, vendor: str, told: AnySnapshot | None) -> tuple[Shelved, ...]:
    is_wanted = isinstance(told, CartSnapshot) and SHELF in world.wants
    return shelf.shelved(world, vendor, told) if is_wanted and isinstance(told, CartSnapshot) else ()


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


def _customer(world: World, vendor: str, told: AnySnapshot) -> CustomerFacts | None:
    """The person this object belongs to, under the addresses it names, with what the storefront knows."""
    if isinstance(told, ProductSnapshot):
        return None
    person = shelves.person_of(told)
    known = CustomerFacts(email=next(iter(person.emails), None), emails=person.emails, name=person.name)
    storefront = world.connections.get("storefront")
    if storefront is None:
        return known
    numbers, record = world.history.numbers(vendor, person), world.history.record(vendor, person)
    spent = dict(numbers.spent)
    return CustomerFacts(
        email=known.email,
        emails=known.emails,
        name=known.name,
        order_count=numbers.order_count,
        spent=_spent_in(world.store.currency, spent),
        spent_by_currency=spent,
        story=world.history.story(vendor, person),
        record_id=record.id if record else person.id if vendor == storefront.vendor else "",
        **_of_record(record),
    )


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
        item_count=_count(told.items),
        items=told.items,
        payment_status=told.payment_status,
        fulfillment_status=told.fulfillment_status,
        is_cancelled=told.cancelled_at is not None,
        tags=told.tags,
        discount_codes=told.discount_codes,
        url=told.url,
    )


def _product(world: World, told: ProductSnapshot, change: Change) -> ProductFacts:
    return ProductFacts(
        id=told.id,
        stock=told.stock,
        previous_stock=change.before.get("stock"),
        title=told.title,
        status=told.status,
        product_type=told.product_type,
        category=told.category,
        brand=told.brand,
        tags=told.tags,
        variants=told.variants,
        url=told.url,
        admin_url=told.admin_url,
        sold=world.sales.of(change.vendor, told.id) if SALES in world.wants else None,
    )


def _cart(told: CartSnapshot) -> CartFacts:
    return CartFacts(
        id=told.id,
        total=told.total.amount,
        currency=told.total.currency,
        item_count=_count(told.items),
        items=told.items,
        country=told.country,
        region=told.region,
        is_bought=told.bought_at is not None,
        is_gone=told.is_gone,
        url=told.url,
    )


def _return(told: ReturnSnapshot) -> ReturnFacts:
    return ReturnFacts(
        id=told.id,
        status=told.status,
        reason=told.reason,
        order_number=told.order_number,
        item_count=_count(told.items),
        label_url=told.label_url,
        source_at=told.source_at,
        requested_at=told.requested_at,
        is_over=returns.is_over(told),
    )


def _count(items: tuple[LineItem, ...]) -> int:
    return sum(each.quantity for each in items)


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

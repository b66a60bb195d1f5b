"""Changes that never happened, for trying a rule out: one of each kind, as staff describe it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from connectors.types import (
    AnySnapshot,
    CartSnapshot,
    CustomerSnapshot,
    LineItem,
    Money,
    OrderSnapshot,
    Person,
    ProductSnapshot,
    ReturnSnapshot,
    TicketSnapshot,
    Transition,
    Variant,
    ViewSnapshot,
)

EMAIL = "sample@example.com"
PERSON = Person(id="900000007", name="Sample Customer", emails=(EMAIL,))
STOREFRONT, HELPDESK, MARKETING = "storefront", "helpdesk", "marketing"
HOUR = timedelta(hours=1)
ENOUGH = 40  # in stock before it fell


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What staff say about the sample; everything else is ordinary."""

    amount: Decimal = Decimal(250)
    currency: str = "USD"
    orders_before: int = 0
    stock: int = 0
    subject: str = "Where is my parcel?"
    channel: str = "email"
    tags: tuple[str, ...] = ()
    country: str = "US"
    region: str = ""
    has_ticket: bool = False
    accepts: bool = True


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """``known`` is the background by role; then ``before`` becomes ``after``, told by a tool of ``role``."""

    role: str
    transition: Transition
    known: tuple[tuple[str, AnySnapshot], ...]
    before: AnySnapshot | None
    after: AnySnapshot


Pair = tuple[AnySnapshot | None, AnySnapshot]
replace = msgspec.structs.replace


def scene(transition: Transition, said: Said, now: datetime) -> Scene:
    """``now`` is the moment at which it happens."""
    make, role = MAKERS.get(transition) or MAKERS[transition.partition(".")[0]]
    before, after = make(transition, said, now)
    return Scene(
        role=role,
        transition=transition,
        known=tuple(_background(said, now, said.stock if make is _carts else ENOUGH)),
        before=before,
        after=after,
    )


def _background(said: Said, now: datetime, stock: int = ENOUGH) -> list[tuple[str, AnySnapshot]]:
    """The product with what is left of it, another one beside it, the buyer, what they bought, and a ticket
    if there is one."""
    long_ago = now - timedelta(days=30)
    consent = "subscribed" if said.accepts else "unsubscribed"
    record = CustomerSnapshot(
        id=PERSON.id,
        source_at=long_ago,
        person=PERSON,
        tags=said.tags,
        country=said.country,
        region=said.region,
        email_consent=consent,
        sms_consent=consent,
    )
    orders = [
        _order(said, long_ago + number * HOUR, id=str(900000100 + number), is_fulfilled=True)
        for number in range(said.orders_before)
    ]
    other = _product(ENOUGH, long_ago, id="900000010", title="Another product")
    kept: list[AnySnapshot] = [_product(stock, long_ago), other, record, *orders]
    found = [(STOREFRONT, each) for each in kept]
    if said.has_ticket:
        found.append((HELPDESK, _ticket(said, now - HOUR, id="900000002")))
    return found


# --- One kind of thing each: how it was, and how it is ---------------------------------------------


def _tickets(transition: Transition, said: Said, now: datetime) -> Pair:
    opened = _ticket(said, now if transition is Transition.TICKET_OPENED else now - HOUR)
    if transition is Transition.TICKET_OPENED:
        return None, opened
    if transition is Transition.TICKET_CLOSED:
        return opened, replace(opened, source_at=now, is_open=False)
    return replace(opened, priority="low"), replace(opened, source_at=now, priority="normal")


def _orders(transition: Transition, said: Said, now: datetime) -> Pair:
    placed = _order(said, now - HOUR, is_paid=False)
    if transition is Transition.ORDER_PLACED:
        return None, replace(placed, source_at=now, placed_at=now)
    none = Money(Decimal(), said.currency)
    became: Mapping[Transition, Mapping[str, Any]] = {
        Transition.ORDER_PAID: {},
        Transition.ORDER_FULFILLED: {"is_fulfilled": True, "fulfillment_status": "fulfilled"},
        Transition.ORDER_DELAYED: {"fulfillment_status": "on_hold"},
        Transition.ORDER_CANCELLED: {"cancelled_at": now},
        Transition.ORDER_REFUNDED: {"refunded": placed.total, "total": none, "payment_status": "refunded"},
    }
    paid: Mapping[str, Any] = {"is_paid": True, "payment_status": "paid"}
    before = placed if transition is Transition.ORDER_PAID else replace(placed, **paid)
    return before, replace(before, source_at=now, **{**paid, **became[transition]})


def _carts(transition: Transition, said: Said, now: datetime) -> Pair:
    cart = CartSnapshot(
        id="900000004",
        source_at=now - HOUR,
        customer=PERSON,
        total=Money(said.amount, said.currency),
        items=(_line(),),
        country=said.country,
        region=said.region,
        started_at=now - HOUR,
        url="https://shop.example.com/cart/sample",
    )
    if transition is Transition.CART_CHANGED:
        return None, replace(cart, source_at=now)
    if transition is Transition.CART_RECOVERED:
        return cart, replace(cart, source_at=now, bought_at=now)
    return None, cart  # time alone makes it abandoned


def _products(transition: Transition, said: Said, now: datetime) -> Pair:
    before = _product(ENOUGH, now - HOUR)
    if transition is Transition.PRODUCT_CHANGED:
        return before, replace(before, source_at=now, title=f"{before.title}, new edition")
    return before, _product(said.stock, now)


def _views(transition: Transition, said: Said, now: datetime) -> Pair:
    seen = _product(ENOUGH, now)
    return None, ViewSnapshot(
        id="900000011", source_at=now, customer=PERSON, product_id=seen.id, title=seen.title, url=seen.url
    )


def _customers(transition: Transition, said: Said, now: datetime) -> Pair:
    _, record = next(each for each in _background(said, now) if isinstance(each[1], CustomerSnapshot))
    gone = {"merged_into": "900000009"} if transition is Transition.CUSTOMER_MERGED else {"tags": ("new",)}
    return record, replace(record, source_at=now, **gone)


def _returns(transition: Transition, said: Said, now: datetime) -> Pair:
    asked = ReturnSnapshot(
        id="900000008",
        source_at=now - HOUR,
        number="#R1",
        order_id="900000003",
        order_number="#1001",
        customer=PERSON,
        items=(_line(),),
        status="requested",
        requested_at=now - HOUR,
    )
    if transition is Transition.RETURN_REQUESTED:
        return None, replace(asked, source_at=now, requested_at=now)
    approved = replace(asked, status="approved", approved_at=now, source_at=now)
    if transition is Transition.RETURN_APPROVED:
        return asked, approved
    return replace(approved, source_at=now - HOUR), replace(approved, status="closed", closed_at=now)


def _ticket(said: Said, at: datetime, **fields: Any) -> TicketSnapshot:
    ordinary = {"id": "900000001", "is_open": True, "channel": said.channel, "customer": PERSON}
    told = {"subject": said.subject, "tags": said.tags, "created_at": at, "customer_wrote_at": at}
    return TicketSnapshot(**{**ordinary, **told, "source_at": at, **fields})


def _order(said: Said, at: datetime, **fields: Any) -> OrderSnapshot:
    ordinary = {"id": "900000003", "number": "#1001", "is_paid": True, "payment_status": "paid"}
    told = {"total": Money(said.amount, said.currency), "country": said.country, "region": said.region}
    times = {"placed_at": at, "source_at": at}
    return OrderSnapshot(**{**ordinary, "customer": PERSON, "items": (_line(),), **told, **times, **fields})


def _product(stock: int, at: datetime, **fields: Any) -> ProductSnapshot:
    ordinary = {"id": "900000005", "title": "Sample product", "category": "Sample category"}
    variants = (Variant(id="900000006", sku="SAMPLE", stock=stock),)
    shown = {"status": "active", "url": "https://shop.example.com/products/sample", "variants": variants}
    return ProductSnapshot(
        **{**ordinary, **shown, "product_type": "Sample category", "source_at": at, "stock": stock, **fields}
    )


def _line() -> LineItem:
    return LineItem(
        product_id="900000005",
        variant_id="900000006",
        sku="SAMPLE",
        title="Sample product",
        product_type="Sample category",
        quantity=1,
    )


MAKERS: Mapping[str, tuple[Callable[[Transition, Said, datetime], Pair], str]] = {
    "ticket": (_tickets, HELPDESK),
    "order": (_orders, STOREFRONT),
    "cart": (_carts, STOREFRONT),
    "stock": (_products, STOREFRONT),
    "product": (_products, STOREFRONT),
    Transition.PRODUCT_VIEWED: (_views, MARKETING),
    "customer": (_customers, STOREFRONT),
    "return": (_returns, STOREFRONT),
}

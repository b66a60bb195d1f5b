"""What a rule may know when it decides: plain values, gathered before, never fetched while deciding.

A part that is ``None`` could not be known. A condition on it is unreadable, which staff see; it is
never silently false.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from connectors.types import LineItem, Money, ReturnSnapshot, TicketSnapshot, Transition, Variant
from rules import subjects
from rules.purchases import Story
from rules.recommending import Purchased, Seller
from rules.velocity import Sold

# What rules want that look at more than the object that changed:
RECORD = "customer.record"  # what the storefront knows of a customer
TICKETS = "customer.tickets"  # what the customer has open in the helpdesk
RETURNS = "customer.returns"  # what the customer is sending back
PREDICTED = "customer.predicted"  # what the marketing tool expects of the customer
SALES = "product.sales"  # what was sold of the product, day by day
COUPONS = "rule.codes"  # which discount codes the rule itself gave away
SHELF = "cart.products"  # what is left of each thing in a cart
STOCK = "order.stock"  # what is left of each thing in an order
CART_FLOWS = "cart.flows"  # what the marketing tool does about left carts by itself
BASKET = "order.products"  # what each thing of an order is, and what its customer owns
HEARD = "customer.heard"  # when the customer last heard from the rule
BEST_SELLERS = "category.best_sellers"


def best_sellers(days: int) -> str:
    """What sells best in the categories of an order, counted over so many days. At a step only."""
    return f"{BEST_SELLERS}:{days}"


def windows(wants: Iterable[str]) -> frozenset[int]:
    """The days of those wants."""
    found = (each.partition(":") for each in wants)
    return frozenset(int(days) for name, _, days in found if name == BEST_SELLERS)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One transition of one object. ``at`` is when it happened at the vendor."""

    transition: Transition
    vendor: str
    kind: str
    object_id: str
    at: datetime
    is_import: bool = False  # history that was read in: steers states, never messages
    before: Mapping[str, Any] = {}  # plain values of the object before, where a rule compares

    @property
    def reference(self) -> str:
        return f"{self.vendor}:{self.kind}:{self.object_id}"


class CustomerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One person. ``email`` is the one to write to; numbers are None without a storefront.

    ``order_count`` and ``spent`` are without tests, cancelled orders and refunds; ``spent`` is in the
    store's currency, None for somebody who paid in other currencies only. ``open_tickets`` and
    ``open_returns`` are None where no rule wants them, or no such tool is connected.
    """

    email: str | None = None
    emails: tuple[str, ...] = ()
    name: str = ""
    order_count: int | None = None
    spent: Decimal | None = None
    spent_by_currency: Mapping[str, Decimal] = {}
    # What the marketing tool expects them to spend yet, for rules that want PREDICTED: in the client's
    # currency, in the tool's, and when that was read. Another number than what they spent.
    predicted_value: Decimal | None = None
    predicted: Money | None = None
    predicted_at: datetime | None = None
    tags: tuple[str, ...] | None = None
    country: str | None = None
    region: str | None = None
    email_consent: str | None = None
    sms_consent: str | None = None
    phone: str = ""  # as the storefront has it, with its country; "" when it has none
    record_id: str = ""  # in the storefront, "" when it has none
    story: Story | None = None  # what their orders tell; None without a storefront
    is_held: bool = False  # our ledger holds one of these addresses, for whatever cause
    open_tickets: int | None = None  # that wait for an answer
    open_returns: int | None = None


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The order that changed, as it is now."""

    id: str
    total: Decimal
    currency: str
    number: str = ""
    refunded: Decimal = Decimal()
    country: str = ""
    region: str = ""
    item_count: int = 0
    items: tuple[LineItem, ...] = ()
    payment_status: str = ""
    fulfillment_status: str = ""
    is_cancelled: bool = False
    is_gone: bool = False  # deleted in the storefront
    tags: tuple[str, ...] = ()
    discount_codes: tuple[str, ...] = ()
    placed_at: datetime | None = None
    url: str = ""


class ProductFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The product that changed. ``previous_stock`` is None when it was not known or not counted."""

    id: str
    stock: int | None = None
    previous_stock: int | None = None
    title: str = ""
    status: str = ""
    product_type: str = ""
    category: str = ""
    brand: str = ""
    tags: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    url: str = ""
    admin_url: str = ""
    sold: Sold | None = None  # for rules that want SALES
    sold_per_day: Decimal | None = None  # the same in one number, None where too little is known


class CartFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The checkout that changed or was left behind."""

    id: str
    total: Decimal
    currency: str
    item_count: int = 0
    items: tuple[LineItem, ...] = ()
    country: str = ""
    region: str = ""
    is_bought: bool = False
    is_followed: bool = False  # who told of it is connected, and tells that it was bought
    is_gone: bool = False  # deleted in the storefront
    started_at: datetime | None = None
    url: str = ""


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the cart or order with what is left of it now: None where that is not counted or known."""

    item: LineItem
    left: int | None = None
    is_gone: bool = False  # not sold any more, or sold out
    url: str = ""


class ReturnFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The return that changed."""

    id: str
    status: str = ""
    reason: str = ""
    order_number: str = ""
    item_count: int = 0
    items: tuple[LineItem, ...] = ()
    label_url: str = ""
    source_at: datetime | None = None  # the storefront's stamp of its last change
    requested_at: datetime | None = None
    is_over: bool = False  # closed, declined, cancelled or gone


class KnownTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket of the mirror with its place in the ledger's words."""

    reference: str
    snapshot: TicketSnapshot


class OpenCause(msgspec.Struct, frozen=True, kw_only=True):
    """An open row of the ledger that the deciding rule itself opened."""

    subject: str
    reference: str
    method: str
    source_at: datetime
    release_at: datetime | None = None
    expires_at: datetime | None = None


class OpenDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An open reorder draft that the deciding rule itself made, for its change at ``source_at``."""

    reference: str
    state: str
    source_at: datetime


class Coupon(msgspec.Struct, frozen=True, kw_only=True):
    """A discount code that was made for this change. ``state``: waiting | made | lost."""

    code: str
    worth: str
    state: str
    issued_at: datetime
    ends_at: datetime


class Coupons(msgspec.Struct, frozen=True, kw_only=True):
    """What the deciding rule gave away in 24 hours, and by currency in 30 days; ``own`` is for this change.

    ``suffix`` makes this change's code, the same each time. Where not ``may_issue`` none is given now.
    """

    own: Coupon | None = None
    suffix: str
    today: int = 0
    month: Mapping[str, Decimal] = {}
    may_issue: bool = True


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one decision may look at."""

    change: Change
    now: datetime
    timezone: str = "UTC"
    currency: str = ""
    ticket: TicketSnapshot | None = None  # the ticket that changed
    customer: CustomerFacts | None = None
    order: OrderFacts | None = None
    product: ProductFacts | None = None
    cart: CartFacts | None = None
    return_: ReturnFacts | None = None
    held_products: tuple[str, ...] = ()  # of the cart: what must not be promised now
    shelf: tuple[Shelved, ...] = ()  # of the cart, for rules that want SHELF; of the order, with STOCK
    cart_flows: tuple[str, ...] | None = ()  # names of live ones, for rules that want CART_FLOWS
    basket: tuple[Purchased, ...] = ()  # what is left of the order, for rules that want BASKET
    owned: frozenset[str] = frozenset()  # products that its customer ever bought, for the same
    best_sellers: Mapping[int, tuple[Seller, ...]] = {}  # by days; of the basket's categories, best first
    # Of the customer, for rules that want TICKETS: what waits in the helpdesk, and their ids there.
    open_tickets: tuple[TicketSnapshot, ...] = ()
    desk_ids: tuple[str, ...] = ()
    open_returns: tuple[ReturnSnapshot, ...] = ()  # of the customer, for rules that want RETURNS
    # Open causes on this change's reference or on this customer's e-mails, by rule id.
    causes: Mapping[int, tuple[OpenCause, ...]] = {}
    # Of those, the ones of the rule that decides: the engine fills them in, a recipe knows no rule id.
    own_causes: tuple[OpenCause, ...] = ()
    # Open reorder drafts of the product that changed, in the same two ways.
    drafts: Mapping[int, tuple[OpenDraft, ...]] = {}
    own_drafts: tuple[OpenDraft, ...] = ()
    is_due: bool = False  # a planned message is about to be sent: its exits are asked now
    # When the customer last heard from a rule about something else, in the same two ways; wants HEARD.
    heard_at: Mapping[int, datetime] = {}
    own_heard_at: datetime | None = None
    coupons: Coupons | None = None  # of the rule that decides a step, for rules that want COUPONS

    @property
    def address(self) -> tuple[str, str]:
        """Country and province of where the cart goes, else of the customer's own address; "" unknown."""
        if self.cart and self.cart.country:
            return self.cart.country, self.cart.region
        return (self.customer.country or "", self.customer.region or "") if self.customer else ("", "")

    @property
    def email(self) -> str:
        """Whom this is about: the customer's address, else the first of the ticket's, else ""."""
        if self.customer and self.customer.email:
            return self.customer.email
        return next(iter(self.ticket.customer.emails), "") if self.ticket else ""

    @property
    def phone(self) -> str:
        """The number of somebody who gave no address; "" for everybody else."""
        return self.customer.phone if self.customer and not self.email else ""

    @property
    def subject(self) -> str:
        """What ledger and run log call whom this is about."""
        return self.email or subjects.of_phone(self.phone)

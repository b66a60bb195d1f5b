"""What a vendor says an object is now: frozen values that the mirror keeps as they are."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The customer as one vendor knows them. E-mails are lower-case, without doubles, sorted."""

    id: str = ""
    name: str = ""
    emails: tuple[str, ...] = ()
    phone: str = ""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What a vendor says an object is now.

    ``source_at`` is the vendor's own stamp of the object's last change (aware, UTC).
    ``is_gone`` says that the vendor no longer has it (deleted, trashed or merged away).
    """

    kind: ClassVar[str]

    id: str
    source_at: datetime
    is_gone: bool = False


class TicketSnapshot(Snapshot, frozen=True, kw_only=True, tag="ticket"):
    """A support conversation, whatever the helpdesk calls it."""

    kind: ClassVar[str] = "ticket"

    is_open: bool = False
    is_spam: bool = False
    is_outbound: bool = False  # started by an agent, the customer has not written yet
    channel: str = ""
    via: str = ""
    priority: str = ""
    subject: str = ""
    tags: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    team: str = ""
    customer: Person = Person()
    created_at: datetime | None = None
    customer_wrote_at: datetime | None = None
    snoozed_until: datetime | None = None
    url: str = ""

    @property
    def needs_care(self) -> bool:
        """Whether somebody is waiting for an answer; a snoozed ticket comes back, so it counts."""
        return self.is_open and not (self.is_spam or self.is_gone or self.is_outbound)

    @property
    def waiting_since(self) -> datetime:
        """Since when the customer waits: their last message, else the ticket's beginning."""
        return self.customer_wrote_at or self.created_at or self.source_at


class Money(msgspec.Struct, frozen=True):
    """An amount in one currency (ISO 4217, capital letters)."""

    amount: Decimal
    currency: str


class CustomerSnapshot(Snapshot, frozen=True, kw_only=True, tag="customer"):
    """A customer record of one vendor.

    ``order_count`` and ``spent`` are the vendor's own totals, None where it has none. ``spent`` is in the
    store's accounting currency. ``merged_into`` is the id of the record that took this one over.
    """

    kind: ClassVar[str] = "customer"

    person: Person = Person()
    tags: tuple[str, ...] = ()
    order_count: int | None = None
    spent: Money | None = None
    country: str = ""  # ISO 3166 of the default address
    region: str = ""
    email_consent: str = ""  # subscribed | unsubscribed | pending | never, "" when it cannot be seen
    sms_consent: str = ""
    created_at: datetime | None = None
    merged_into: str = ""


class LineItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an order, cart or return. ``quantity`` is what is left after edits and refunds."""

    product_id: str = ""  # "" for a custom line or a deleted product
    variant_id: str = ""
    sku: str = ""
    title: str = ""
    product_type: str = ""
    quantity: int = 0


class OrderSnapshot(Snapshot, frozen=True, kw_only=True, tag="order"):
    """A purchase. ``total`` is what is left of it after edits and refunds, in the store's currency;
    ``presented`` is the same as the buyer saw it."""

    kind: ClassVar[str] = "order"

    number: str = ""  # as people call it, such as #1001
    customer: Person = Person()
    total: Money
    presented: Money | None = None
    refunded: Money | None = None
    items: tuple[LineItem, ...] = ()
    country: str = ""  # ISO 3166 of the shipping address
    region: str = ""
    is_paid: bool = False
    is_fulfilled: bool = False
    is_test: bool = False  # never counted, never acted upon
    payment_status: str = ""  # the vendor's word in small letters
    fulfillment_status: str = ""
    tags: tuple[str, ...] = ()
    discount_codes: tuple[str, ...] = ()
    cart_id: str = ""  # the cart or checkout it was made from, where the vendor tells
    placed_at: datetime | None = None
    cancelled_at: datetime | None = None
    url: str = ""  # for staff, in the storefront's own admin


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One sellable form of a product. ``stock`` may be negative; None when it is not counted."""

    id: str
    title: str = ""
    sku: str = ""
    price: Decimal | None = None
    stock: int | None = None
    sells_without_stock: bool = False


class ProductSnapshot(Snapshot, frozen=True, kw_only=True, tag="product"):
    """A product with its stock. ``stock`` is the sum over counted variants, None when none is counted."""

    kind: ClassVar[str] = "product"

    title: str = ""
    handle: str = ""
    status: str = ""  # active | draft | archived | unlisted
    product_type: str = ""
    category: str = ""
    brand: str = ""
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    stock: int | None = None
    url: str = ""  # where customers see it
    admin_url: str = ""  # where staff see it


class CartSnapshot(Snapshot, frozen=True, kw_only=True, tag="cart"):
    """A checkout that was begun. ``bought_at`` is set once it became an order."""

    kind: ClassVar[str] = "cart"

    customer: Person = Person()
    total: Money
    presented: Money | None = None
    items: tuple[LineItem, ...] = ()
    country: str = ""
    region: str = ""
    started_at: datetime | None = None
    bought_at: datetime | None = None
    url: str = ""  # leads the customer back to it


class ReturnSnapshot(Snapshot, frozen=True, kw_only=True, tag="return"):
    """Goods a customer sends back. ``status``: requested | approved | declined | cancelled | closed."""

    kind: ClassVar[str] = "return"

    number: str = ""
    order_id: str = ""
    order_number: str = ""
    customer: Person = Person()
    items: tuple[LineItem, ...] = ()
    status: str = ""
    reason: str = ""
    label_url: str = ""
    requested_at: datetime | None = None
    approved_at: datetime | None = None
    closed_at: datetime | None = None


class ViewSnapshot(Snapshot, frozen=True, kw_only=True, tag="view"):
    """Somebody looked at a product. It happened once and stays as it is; ``id`` is that of the event.

    The product is named as the page named it: by the storefront's id, "" where it told none.
    """

    kind: ClassVar[str] = "view"

    customer: Person = Person()
    product_id: str = ""
    title: str = ""
    url: str = ""


class PredictionSnapshot(Snapshot, frozen=True, kw_only=True, tag="prediction"):
    """What a marketing tool expects of a person; each part is None where it does not say.

    ``source_at`` is when it was read: the tool does not date it. ``value`` is what they are expected to spend
    yet, ``past`` what the tool counted so far, ``churn`` the probability (0 to 1) that they do not come back.
    """

    kind: ClassVar[str] = "prediction"

    customer: Person = Person()
    value: Money | None = None
    past: Money | None = None
    churn: Decimal | None = None


AnySnapshot = (
    TicketSnapshot
    | CustomerSnapshot
    | OrderSnapshot
    | ProductSnapshot
    | CartSnapshot
    | ReturnSnapshot
    | ViewSnapshot
    | PredictionSnapshot
)

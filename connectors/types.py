"""What travels between vendors, the mirror and the recipes: frozen values, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec


class Transition(StrEnum):
    """What changed about an object: the vocabulary that recipes hear."""

    TICKET_OPENED = "ticket.opened"
    TICKET_CHANGED = "ticket.changed"
    TICKET_CLOSED = "ticket.closed"
    ORDER_PLACED = "order.placed"
    ORDER_PAID = "order.paid"
    ORDER_FULFILLED = "order.fulfilled"
    ORDER_DELAYED = "order.delayed"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_REFUNDED = "order.refunded"
    CART_CHANGED = "cart.changed"
    CART_ABANDONED = "cart.abandoned"
    CART_RECOVERED = "cart.recovered"
    STOCK_CHANGED = "stock.changed"
    PRODUCT_CHANGED = "product.changed"
    PRODUCT_VIEWED = "product.viewed"
    CUSTOMER_CHANGED = "customer.changed"
    CUSTOMER_MERGED = "customer.merged"
    RETURN_REQUESTED = "return.requested"
    RETURN_APPROVED = "return.approved"
    RETURN_CLOSED = "return.closed"


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


class CustomerSnapshot(Snapshot, frozen=True, kw_only=True, tag="customer"):
    """A customer record of one vendor."""

    kind: ClassVar[str] = "customer"

    person: Person = Person()
    tags: tuple[str, ...] = ()


AnySnapshot = TicketSnapshot | CustomerSnapshot


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An object that has to be read: from an id-only hook, or because two stories disagree.

    ``known_at`` is the newest source time we have of it, so that "it is gone" can be dated after it.
    """

    kind: str
    id: str
    known_at: datetime | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection test found."""

    name: str
    timezone: str = ""
    currency: str = ""
    missing_scopes: tuple[str, ...] = ()
    account_id: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a poll. ``watermark`` is set on the last page only: where the next poll starts.

    ``account`` is told where the poll asked for it anyway.
    """

    snapshots: Sequence[AnySnapshot] = ()
    references: Sequence[Reference] = ()
    watermark: str | None = None
    account: Account | None = None


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook delivery says: whole objects, or only which ones to read."""

    snapshots: Sequence[AnySnapshot] = ()
    references: Sequence[Reference] = ()


class WebhookState(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook registration at the vendor, as it stands after we looked after it."""

    id: str
    topic: str
    is_active: bool
    was_revived: bool = False
    was_created: bool = False


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """A flow or campaign that may write to customers, and whether it leaves out a given list.

    ``frozen_at`` says when its recipients were fixed: who comes onto a list later is written to all the same.
    """

    kind: str  # flow | campaign
    id: str
    name: str
    status: str
    excludes_list: bool
    why: str = ""  # what was looked at, in a few words
    frozen_at: datetime | None = None
    is_running: bool = False  # it goes out already


class EmailSuppression(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why a person gets no e-mail. Only what was set by hand (or by us) can be taken back."""

    reason: str
    at: datetime | None = None  # the vendor's own stamp
    is_by_hand: bool = False


class EmailState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a marketing tool may write to a person. ``read_at`` is the vendor's clock."""

    profile_id: str
    consent: str
    can_receive: bool
    suppressions: tuple[EmailSuppression, ...] = ()
    read_at: datetime | None = None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Background work at a vendor, on the vendor's clock."""

    receipt: str
    is_done: bool = False
    is_cancelled: bool = False  # then it may have done a part
    began_at: datetime | None = None
    ended_at: datetime | None = None
    total: int = 0
    skipped: int = 0  # for whom there was nothing to do

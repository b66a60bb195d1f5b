"""What is asked of vendors and what they answer, beside the objects themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from connectors.types.snapshots import AnySnapshot


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

    ``account`` is told where the poll asked for it anyway. ``unheard`` says of what is wanted and cannot be
    heard why, word by word; None where nothing was looked up.
    """

    snapshots: Sequence[AnySnapshot] = ()
    references: Sequence[Reference] = ()
    watermark: str | None = None
    account: Account | None = None
    unheard: Mapping[str, str] | None = None


class PrivacyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the law lets people ask of us through the vendor. Nobody is named where it is the whole shop."""

    kind: str  # export | erase | erase_shop
    customer_id: str = ""
    emails: tuple[str, ...] = ()
    phone: str = ""


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook delivery says: whole objects, or only which ones to read.

    ``trouble`` is a sentence about the connection itself: nothing more will come until a person acts.
    """

    snapshots: Sequence[AnySnapshot] = ()
    references: Sequence[Reference] = ()
    privacy: Sequence[PrivacyRequest] = ()
    trouble: str = ""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What credentials were exchanged for, by the names that ``headers`` and the next renewal look for.

    ``expires_at`` is None where it does not end.
    """

    values: Mapping[str, str]
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Token(expires_at={self.expires_at})"  # never the values


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step through the history of one kind of object.

    ``position`` is where to go on from, stored together with the step's rows. ``read`` and ``total`` count
    objects. ``wait`` (seconds) says that the vendor is not ready and ends the run. ``watermark`` is where
    polling begins when this history is read; only the first step of a history names it.
    """

    position: str
    snapshots: Sequence[AnySnapshot] = ()
    references: Sequence[Reference] = ()
    read: int = 0
    total: int | None = None
    wait: float | None = None
    watermark: str | None = None
    is_last: bool = False


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


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign that is not out yet, or goes out now.

    ``strategy`` is how it is sent, in the vendor's words, ``sends_at`` when. ``content`` is alike as long as
    nobody changes what is sent, to whom, or when.
    """

    id: str
    name: str
    channel: str  # email | sms
    status: str  # in the vendor's words
    stage: str  # draft | waiting | running | over
    tags: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()  # subjects, previews, text messages
    variants: int = 1
    strategy: Mapping[str, Any] = {}
    sends_at: datetime | None = None
    content: str = ""
    read_at: datetime | None = None  # on the vendor's clock


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

"""What is asked of vendors and what they answer, beside the objects themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from connectors.types.snapshots import AnySnapshot


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An object that has to be read: from an id-only hook, or because two stories disagree.

    ``known_at`` is the newest source time we have of it, so that "it is gone" can be dated after it.
    """

    kind: str
    id: str
    known_at: datetime | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a poll. ``watermark`` is set on the last page only: where the next poll starts."""

    snapshots: Sequence[AnySnapshot] = ()
    references: Sequence[Reference] = ()
    watermark: str | None = None


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook delivery says: whole objects, or only which ones to read."""

    snapshots: Sequence[AnySnapshot] = ()
    references: Sequence[Reference] = ()


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection test found."""

    name: str
    timezone: str = ""
    currency: str = ""
    missing_scopes: tuple[str, ...] = ()
    account_id: str = ""


class WebhookState(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook registration at the vendor, as it stands after we looked after it."""

    id: str
    topic: str
    is_active: bool
    was_revived: bool = False
    was_created: bool = False


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """A flow or campaign that may write to customers, and whether it leaves out a given list."""

    kind: str  # flow | campaign
    id: str
    name: str
    status: str
    excludes_list: bool
    why: str = ""  # what was looked at, in a few words

"""What a recipe answers: effects it wants, each with its reason, or a "no" with the values seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from rules.actions.base import Action


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Open (or keep open) one cause for silence; an end that was planned for it is taken back.

    The campaigns that feature a catalog item are looked for as long as it is held, and held with it; its
    ``method`` is "" where it does not show itself.
    """

    subject: str  # lower-case e-mail, campaign or catalog item
    cause: str
    reference: str
    method: str  # the vendor state that carries it, such as hold_list
    source_at: datetime
    expires_at: datetime | None = None
    subject_kind: str = "customer"  # customer | campaign | catalog_item
    told: str = ""  # what staff call the subject, where that is not its name


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """Close one cause at ``at`` (now or after a grace)."""

    subject: str
    cause: str
    reference: str
    source_at: datetime
    at: datetime
    why: str  # stable code, such as ticket_closed


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Do something once. ``key`` tells this effect from every other of the same rule and change.

    ``recheck`` asks for a new decision with fresh facts at the moment of sending. ``once`` names what it
    is done once for, whichever change asks for it (such as a ticket's reference); "" is this change.
    """

    action: Action[Any]
    key: str
    after: timedelta = timedelta()
    subject: str = ""
    recheck: bool = False
    once: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How something shall be from now on: a property, a tag, a field. ``action`` sets it, and has ``sets``.

    Nothing is sent while the newest wish for the same thing says the same. It follows from what is so, not
    from what just happened, so history steers it too, and no wait makes it too late. ``takes_back``: only
    if something else was wished before; what we never set is left alone.
    """

    action: Action[Any]
    key: str
    subject: str = ""
    takes_back: bool = False


class Reorder(msgspec.Struct, frozen=True, kw_only=True):
    """Open a reorder draft of our own; while one of this rule is open for this product, nothing changes."""

    reference: str  # vendor:product:id
    title: str
    source_at: datetime
    stock: int
    threshold: int
    state: str  # order_now | critical
    variant: str = ""
    sku: str = ""
    supplier: str = ""
    quantity: int = 0  # 0: to be decided by staff
    reckoning: str = ""  # how the threshold came about, where it was not simply named


class ReorderState(msgspec.Struct, frozen=True, kw_only=True):
    """How the open draft stands now; ``good`` closes it."""

    reference: str
    title: str
    stock: int | None
    state: str  # good | order_now | critical


class Enrol(msgspec.Struct, frozen=True, kw_only=True):
    """Begin the recipe's steps for this change; while they run for the same thing, nothing changes.

    ``is_alone``: nor while they run for another thing of the same person.
    """

    subject: str
    is_alone: bool = False


Effect = Hold | Release | Message | State | Reorder | ReorderState | Enrol


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Yes: an effect, and why, with the values that were seen."""

    effect: Effect
    because: str
    seen: Mapping[str, Any] = {}


class No(msgspec.Struct, frozen=True, kw_only=True):
    """No, and why: a stable reason code and the values that were seen.

    ``is_unreadable`` marks a condition that could not be read: staff are told.
    """

    reason: str
    seen: Mapping[str, Any] = {}
    is_unreadable: bool = False


Answer = Decision | No

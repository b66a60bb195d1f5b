"""Every other table that grows with an installation: copies of one row of each, most of them long over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Model

from orchestrator.models import (
    Cart,
    CustomerRecord,
    Delivery,
    Enrolment,
    InboxEvent,
    Order,
    OutboxAction,
    Product,
    ReorderDraft,
    Return,
    Suppression,
    Ticket,
    VendorState,
    bulk,
)

LINES = 20  # of the run log for one row of each
FEWEST, MOST = 100, 50_000  # beyond a million lines only the run log grows on
OPEN, OPEN_OF = 60, 100  # so many are open in any case, which fills the first page; then one in so many
MIRRORED = (Cart, CustomerRecord, Order, Product, Return, Ticket)
Fields = dict[str, Any]


def _mirrored(number: int, over: datetime | None) -> Fields:
    return {"object_id": f"grown-{number}"}


def _suppression(number: int, over: datetime | None) -> Fields:
    return {"subject": _buyer(number), "reference": f"gorgias:ticket:{number + 10_000}", "closed_at": over}


def _enrolment(number: int, over: datetime | None) -> Fields:
    state = Enrolment.State.DONE if over else Enrolment.State.WAITING
    told = {
        "subject": _buyer(number),
        "reference": f"shopify:cart:{number + 10_000}",
        "key": f"grown:{number}",
    }
    return {**told, "state": state, "ended_at": over}


def _action(number: int, over: datetime | None) -> Fields:
    """The page of causes gathers all that failed, so of these there are no more than are open in any case."""
    state = OutboxAction.State.FAILED if number < OPEN else OutboxAction.State.DONE
    return {"subject": _buyer(number), "key": f"grown:{number}", "state": state}


def _event(number: int, over: datetime | None) -> Fields:
    state = InboxEvent.State.DONE if over else InboxEvent.State.ASIDE
    return {"object_id": str(number + 10_000), "key": f"grown:{number}", "state": state, "decided_at": over}


def _delivery(number: int, over: datetime | None) -> Fields:
    return {"state": Delivery.State.READ if over else Delivery.State.QUARANTINED, "read_at": over}


def _wish(number: int, over: datetime | None) -> Fields:
    state = VendorState.State.APPLIED if over else VendorState.State.LOST
    return {"subject": _buyer(number), "wanted": over is None, "state": state}


def _reorder(number: int, over: datetime | None) -> Fields:
    state = ReorderDraft.State.GOOD if over else ReorderDraft.State.ORDER_NOW
    return {"reference": f"shopify:product:{number + 10_000}", "state": state, "recovered_at": over}


GROWN: dict[type[Model], Callable[[int, datetime | None], Fields]] = {
    Suppression: _suppression,
    Enrolment: _enrolment,
    OutboxAction: _action,
    InboxEvent: _event,
    Delivery: _delivery,
    VendorState: _wish,
    ReorderDraft: _reorder,
    **dict.fromkeys(MIRRORED, _mirrored),
}


def fill(known: Iterable[Model], lines: int, now: datetime) -> None:
    """As many of each as belong to a run log of so many lines."""
    count = min(max(FEWEST, lines // LINES), MOST)
    for row in known:
        if make := GROWN.get(type(row)):
            rows = _copies(row, count, make, now)
            while batch := list(islice(rows, 2_000)):
                bulk.append(batch)


def _copies(
    row: Model, count: int, make: Callable[[int, datetime | None], Fields], now: datetime
) -> Iterator[Model]:
    for number in range(count):
        made = copy(row)
        made.pk = None
        is_open = number < OPEN or number % OPEN_OF == 0
        for name, value in make(number, None if is_open else now).items():
            setattr(made, name, value)
        yield made


def _buyer(number: int) -> str:
    return f"buyer{number}@shop.test"

"""Where a cause for silence shows: what the vendor's side of it is, and whether it is stuck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orchestrator.admin import display
from orchestrator.admin.changelist import KeysetChangeList
from orchestrator.models import Suppression, VendorState
from orchestrator.record import places as words

Key = tuple[int, str, str]  # client, method, subject
COUNTED = 100  # stuck holds that a page tells of one by one
State = VendorState.State


class HeldChangeList(KeysetChangeList):
    """The rows of a page with their vendor states: one more question, however many rows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found = states(self.result_list)
        for row in self.result_list:
            row.shown = found.get(_key(row))


def states(rows: Iterable[Suppression]) -> Mapping[Key, VendorState]:
    """What carries each of these at its vendor."""
    wanted = {_key(row) for row in rows if row.method}
    if not wanted:
        return {}
    found = VendorState.objects.filter(
        connection__store__in={store for store, _, _ in wanted},
        key__in={method for _, method, _ in wanted},
        subject__in={subject for _, _, subject in wanted},
    ).select_related("connection__store")
    rows_of = found.defer("connection__sealed", "connection__account")
    return {(each.connection.store_id, each.key, each.subject): each for each in rows_of}


def _key(row: Suppression) -> Key:
    return (row.store_id, row.method, row.subject)


def place(row: VendorState) -> str:
    return f"{row.connection.label}, {words.name(row.key)}"


def told(row: Any, now: datetime) -> SafeString | str:
    """The state there, why, and where."""
    if not hasattr(row, "shown"):  # a page of its own
        row.shown = states([row]).get(_key(row))
    shown: VendorState | None = row.shown
    marks = [display.chip("Past its maximum age", "failed")] if row.is_overdue(now) else []
    if shown is None:
        is_missing = (
            row.method and not row.closed_at
        )  # a product by itself is held nowhere: its campaigns are
        marks += [display.chip("Nowhere yet", "pending")] if is_missing else []
        about = "no marketing tool was asked" if is_missing else ""
    else:
        marks.append(chip(shown, now))
        about = "; ".join(part for part in (place(shown), shown.because, _restored(shown)) if part)
    marked = format_html("{} " * len(marks), *marks)
    return format_html('{}<small class="quiet wraps">{}</small>', marked, about) if marks else "–"


def chip(row: VendorState, now: datetime) -> SafeString:
    """The state, marked where it is stuck."""
    word = row.get_state_display()
    if not row.is_stuck(now):
        return display.chip(word, row.state)
    if row.state != State.PENDING:
        return display.chip(f"Stuck: {word.lower()}", "failed")
    what = "pending" if row.wanted else "not released"
    return display.chip(f"Stuck: {what} since {display.ago(row.changed_at, now)}", "failed")


def _restored(row: VendorState) -> str:
    times = {0: "", 1: "put back once"}
    return times.get(row.restored, f"put back {row.restored} times")


def notice(found: Any, request: HttpRequest) -> dict[str, Any]:
    """How many of what this person sees are stuck, for the top of their list."""
    count = len(found.stuck(timezone.now()).values_list("pk", flat=True)[: COUNTED + 1])
    return {"stuck": f"more than {COUNTED}" if count > COUNTED else str(count or ""), "is_one": count == 1}

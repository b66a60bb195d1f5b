"""Asks Gorgias what changed.

Tickets cannot be filtered by time, so they are listed newest first down to the watermark. What leaves that
list (trashed, deleted, merged) is found in the event log. A long way back may meet the rate limit before
its end, and would do so again on every try; then the next polls go the other way, oldest first through a
view's filter, and each goes on where the last one stopped.
https://developers.gorgias.com/reference/list-tickets
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec

from connectors.errors import Refused, TryLater, VendorError
from connectors.http import Response
from connectors.types import Page, Reference
from connectors.values import instant
from connectors.vendors.gorgias import tickets
from connectors.vendors.gorgias.lists import PAGE, Row, next_cursor, page_rows, pages
from connectors.vendors.gorgias.reading import Reader

LOOK_BACK = timedelta(days=90)  # how far the first poll goes
OVERLAP = timedelta(minutes=5)  # read again each time, for rows that show up late
GONE_OR_BACK = ("ticket-trashed", "ticket-deleted", "ticket-merged", "ticket-untrashed")


Stamp = Annotated[datetime, msgspec.Meta(tz=True)]


class Mark(msgspec.Struct, omit_defaults=True):
    """The watermark: what was shown to us so far, on the vendor's own clock."""

    at: Stamp | None = None  # of tickets
    heard_at: Stamp | None = None  # of events
    is_behind: bool = False


def poll(reader: Reader, watermark: str) -> Iterator[Page]:
    return _Run(reader, _mark(watermark)).pages()


def _mark(watermark: str) -> Mark:
    try:
        return msgspec.json.decode(watermark, type=Mark)
    except msgspec.DecodeError:
        return Mark()  # from the beginning: reading twice is harmless


class _Run:
    """One poll."""

    def __init__(self, reader: Reader, mark: Mark) -> None:
        self.reader = reader
        self.mark = mark
        self.clock: datetime | None = None  # the vendor's, when the run began
        self.newest: datetime | None = None

    def pages(self) -> Iterator[Page]:
        """Rows first, the new watermark last: whoever stops in between starts again from the old one."""
        if self.mark.is_behind:
            yield from self._oldest_first()
        else:
            yield from self._newest_first()
        if self.mark.heard_at is None:
            self.mark.heard_at = self.clock  # what went away before we knew of it does not matter
        elif not self.mark.is_behind:
            yield from self._events(self.mark.heard_at)
        yield Page(watermark=msgspec.json.encode(self._reached()).decode())

    def _newest_first(self) -> Iterator[Page]:
        """Rows that change meanwhile move to the front: the next poll sees them."""
        asked = [("order_by", "updated_datetime:desc"), ("trashed", "false")]
        floor: datetime | None = None
        try:
            for found, response in pages(self.reader.client, "/api/tickets", asked):
                self.clock = self.clock or response.answered_at
                self._saw(found)
                floor = floor or self._floor()
                fresh = _since(found, floor)
                for _, snapshots in self.reader.batches(fresh):
                    yield Page(snapshots=snapshots)
                if len(fresh) < len(found):
                    return
        except TryLater as error:
            if error.code != "throttled" or floor is None:
                raise
            self.mark = Mark(at=floor, heard_at=self.mark.heard_at, is_behind=True)
            self.newest = None

    def _oldest_first(self) -> Iterator[Page]:
        """https://developers.gorgias.com/reference/search-view-s-items with the view 0, which is none."""
        cursor, has_read = "", False
        self.newest = self.mark.at
        try:
            while True:
                response = self._view_page(cursor)
                self.clock = self.clock or response.answered_at
                for batch, snapshots in self.reader.batches(page_rows(response)):
                    yield Page(snapshots=snapshots)
                    self._saw(batch)
                    has_read = True
                following = next_cursor(response)
                if not following or following == cursor:
                    self.mark.is_behind = False
                    return
                cursor = following
        except VendorError as error:
            if _is_not_offered(error):
                self.mark.is_behind = False  # there is only the other way
                yield from self._newest_first()
            elif error.code != "throttled" or not has_read:
                raise

    def _view_page(self, cursor: str) -> Response:
        since = self.mark.at.isoformat() if self.mark.at else ""
        view = {
            "type": "ticket-list",
            "order_by": "updated_datetime",
            "order_dir": "asc",
            "filters": f"gte(ticket.updated_datetime, '{since}')",
        }
        position = {"cursor": cursor, "direction": "next"} if cursor else {}
        return self.reader.client.put(
            "/api/views/0/items", params={"limit": PAGE, **position}, json={"view": view}, is_read=True
        )

    def _events(self, since: datetime) -> Iterator[Page]:
        """A key may not be allowed to read events; then a trashed ticket is noticed when it is next read.

        The rate limit only puts them off: what the lists have brought is not read again for it.
        """
        asked: list[tuple[str, Any]] = [("types", kind) for kind in GONE_OR_BACK]
        asked.append(("created_datetime[gte]", (since - OVERLAP).isoformat()))
        asked.append(("order_by", "created_datetime:asc"))
        begun_at: datetime | None = None
        try:
            for found, response in pages(self.reader.client, "/api/events", asked):
                begun_at = begun_at or response.answered_at
                if references := [each for row in found if (each := _reference(row))]:
                    yield Page(references=references)
        except VendorError as error:
            if not _is_not_offered(error) and error.code != "throttled":
                raise
        else:
            self.mark.heard_at = begun_at or since

    def _saw(self, found: list[Row]) -> None:
        stamps = [stamp for row in found if (stamp := tickets.changed_at(row))]
        self.newest = max([*stamps, *([self.newest] if self.newest else [])], default=None)

    def _floor(self) -> datetime | None:
        if self.mark.at:
            return self.mark.at - OVERLAP
        now = self.clock or self.newest
        return now - LOOK_BACK if now else None

    def _reached(self) -> Mark:
        """Never past the newest row seen, nor past the vendor's own clock."""
        at = max(filter(None, (self.mark.at, self.newest)), default=None)
        if at is None and self.clock:
            at = self.clock - OVERLAP
        if at and self.clock:
            at = min(at, self.clock)
        return Mark(at=at, heard_at=self.mark.heard_at, is_behind=self.mark.is_behind)


def _is_not_offered(error: VendorError) -> bool:
    """Whether this account or key simply does not have what was asked for."""
    return isinstance(error, Refused) or error.code == "scope_missing"


def _since(found: list[Row], floor: datetime | None) -> list[Row]:
    """A row without a time of its own is never left out."""
    return [row for row in found if floor is None or (tickets.changed_at(row) or floor) >= floor]


def _reference(row: Row) -> Reference | None:
    id_ = str(row.get("object_id") or "")
    if row.get("object_type") != "Ticket" or not tickets.is_number(id_):
        return None
    return Reference(kind="ticket", id=id_, known_at=instant(row.get("created_datetime")))

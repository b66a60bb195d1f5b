"""Asks Shopify what changed since the last time, stream by stream.

A search filter that Shopify does not know is ignored, and everything comes back; so every row is held
against the window that was asked for. The search index lags behind writes, so windows overlap. What is
older than the connection is no business of a poll: a history is read by bulk operation.
https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from connectors.errors import NeedsAttention, Refused, TryLater
from connectors.types import AnySnapshot, Page, Reference
from connectors.values import instant, mapping, rows
from connectors.vendors.shopify import carts, documents, marks
from connectors.vendors.shopify.graphql import Found, Row, ask_when, pages
from connectors.vendors.shopify.ids import number
from connectors.vendors.shopify.marks import Mark, Scan
from connectors.vendors.shopify.reading import Reader

OVERLAP = timedelta(minutes=15)
STOCK_OVERLAP = timedelta(minutes=2)
SETTLED = timedelta(seconds=60)  # what is younger may not be in the index yet
DAY = timedelta(days=1)
LONGEST = 20_000  # rows; Shopify pages no list further than 25,000


def poll(reader: Reader, watermark: str) -> Iterator[Page]:
    """The first poll of all begins a little before now. Raises VendorError."""
    data, now = ask_when(reader.client, documents.LOCATIONS)
    places = rows(mapping(data.get("locations")).get("nodes"))
    active = [each for each in places if each.get("isActive")]
    return _Run(reader, marks.read(watermark), now, active).pages()


class _Run:
    def __init__(self, reader: Reader, begun: Mark, now: datetime, places: list[Row]) -> None:
        self.reader = reader
        self.client = reader.client
        self.mark = begun
        self.now = now  # on the vendor's clock
        self.places = places  # that hold stock
        self.has_read = False

    def pages(self) -> Iterator[Page]:
        """Rows first, the new watermark last. Where Shopify has had enough, what was read so far counts,
        and the stream after the one that was stopped has the first turn of the next poll."""
        streams = {
            "orders": self._orders,
            "stock": self._stock,
            "products": self._products,
            "carts": self._carts,
            "customers": self._customers,
        }
        names = _turns(list(streams), self.mark.first)
        self.mark.first = ""
        for place, name in enumerate(names):
            begun = self.mark.scan.begun if name == "customers" and self.mark.scan else self.now
            try:
                yield from streams[name](getattr(self.mark, name) or self.now)
            except TryLater as error:
                if error.code != "throttled" or not self.has_read:
                    raise
                self.mark.first = names[(place + 1) % len(names)]
                break
            setattr(self.mark, name, begun - SETTLED)
            self.mark.stopped.pop(name, None)
            self.has_read = True
        yield Page(watermark=marks.write(self.mark))

    def _orders(self, since: datetime) -> Iterator[Page]:
        for found in self._in_order(documents.ORDERS, "orders", 20, since):
            yield Page(snapshots=self._read("order", found))
            returned = [
                number(each.get("id"))
                for each in found
                if each.get("returnStatus") not in (None, "NO_RETURN")
            ]
            if returned:
                yield Page(snapshots=list(self.reader.returns_of(returned)))

    def _products(self, since: datetime) -> Iterator[Page]:
        for found in self._in_order(documents.PRODUCTS, "products", 15, since):
            yield Page(snapshots=self._read("product", found))

    def _customers(self, since: datetime) -> Iterator[Page]:
        """Their filter matches whole days: only a lower bound, and a day more. They come newest first, so
        that what is known ends the list. Only its end moves the mark; a poll that is broken off goes on
        with its next page."""
        scan = self.mark.scan or Scan(self.now, since - OVERLAP, "")
        start = datetime.combine(scan.since.date(), time(), UTC) - DAY
        listed = self._listed(documents.CUSTOMERS, "customers", 50, start, slack=DAY, after=scan.after)
        try:
            for found in listed:
                fresh = [each for each in found.rows if _changed_at(each) >= scan.since]
                yield Page(snapshots=self._read("customer", fresh))
                is_over = len(fresh) < len(found.rows) or not found.after
                self.mark.scan = None if is_over else Scan(scan.begun, scan.since, found.after)
                self.has_read = True
                if is_over:
                    return
        except Refused:
            if not scan.after:
                raise
            self.mark.scan = None  # that page is not to be had any more: from the top again
            yield from self._customers(since)

    def _carts(self, since: datetime) -> Iterator[Page]:
        """Not ordered by change, so only the end of the list moves the mark."""
        for found in self._listed(documents.CARTS, "abandonedCheckouts", 20, since - OVERLAP):
            told = [carts.snapshot(each) for each in found.rows]
            yield Page(snapshots=[each for each in told if each is not None])

    def _stock(self, since: datetime) -> Iterator[Page]:
        """Quantities, location by location; a product does not say that its stock changed."""
        start = since - STOCK_OVERLAP
        for place in self.places:
            variables = {"location": place["id"], "q": _since(start)}
            for found in pages(self.client, documents.CHANGED_INVENTORY, variables, 100, _levels):
                self._check(found.rows, start, timedelta())
                items = {number(mapping(each.get("item")).get("id")) for each in found.rows}
                references = [Reference(kind="inventory_item", id=each) for each in sorted(items - {""})]
                if references:
                    yield Page(references=references)

    def _read(self, kind: str, found: list[Row]) -> list[AnySnapshot]:
        return [self.reader.snapshot(kind, each) for each in found]

    def _in_order(self, document: str, name: str, size: int, since: datetime) -> Iterator[list[Row]]:
        """Of a list in the order of change. One that is too long is begun again where it stopped, as is a
        poll that was broken off."""
        begin: datetime | None = self.mark.stopped.get(name, since - OVERLAP)
        while begin is not None:
            start, begin, count = begin, None, 0
            for found in self._listed(document, name, size, start):
                yield found.rows
                reached = max((_changed_at(each) for each in found.rows), default=start)
                self.mark.stopped[name] = reached
                self.has_read = True
                count += len(found.rows)
                if count >= LONGEST and reached > start:
                    begin = reached
                    break

    def _listed(
        self,
        document: str,
        name: str,
        size: int,
        start: datetime,
        *,
        slack: timedelta = timedelta(),
        after: str = "",
    ) -> Iterator[Found]:
        variables = {"q": _since(start)}
        for found in pages(self.client, document, variables, size, lambda data: data.get(name), after):
            self._check(found.rows, start, slack)
            yield found

    def _check(self, found: list[Row], start: datetime, slack: timedelta) -> None:
        tolerated = start - slack - timedelta(seconds=1)
        if any(_changed_at(each) < tolerated for each in found):
            raise NeedsAttention(
                "Shopify returned objects outside the time that was asked for, so its search ignores our "
                "filter. Nothing was taken over; the polled data may be wrong until this is repaired.",
                code="filter_ignored",
            )


def _turns(names: list[str], first: str) -> list[str]:
    start = names.index(first) if first in names else 0
    return names[start:] + names[:start]


def _levels(data: Row) -> object:
    return mapping(data.get("location")).get("inventoryLevels")


def _changed_at(row: Row) -> datetime:
    """Without a stamp it lies outside every window."""
    return instant(row.get("updatedAt")) or datetime.min.replace(tzinfo=UTC)


def _since(at: datetime) -> str:
    """In single quotes, for the colons of a time would end it."""
    return f"updated_at:>='{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"

"""Asks Shopify what changed since the last time, stream by stream.

A search filter that Shopify does not know is ignored, and everything comes back; so every row is held
against the window that was asked for. The search index lags behind writes, so windows overlap. What is
older than the connection is no business of a poll: a history is read by bulk operation.
https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from msgspec.structs import replace

from connectors.errors import NeedsAttention, Refused, TryLater
from connectors.types import AnySnapshot, Page, Reference
from connectors.values import instant, mapping
from connectors.vendors.shopify import documents, glance, marks
from connectors.vendors.shopify.glance import Glance
from connectors.vendors.shopify.graphql import Found, Row, pages
from connectors.vendors.shopify.ids import number
from connectors.vendors.shopify.marks import Mark, Scan
from connectors.vendors.shopify.reading import Reader

OVERLAP = timedelta(minutes=15)
STOCK_OVERLAP = timedelta(minutes=2)  # quantities are not looked up in the search index
SETTLED = timedelta(seconds=60)  # what is younger may not be in the index yet
LONGEST = 20_000  # rows; Shopify pages no list further than 25,000


def poll(reader: Reader, watermark: str) -> Iterator[Page]:
    """The first poll of all begins a little before now. Raises VendorError."""
    begun = marks.read(watermark)
    known = {name: getattr(begun, name) for name in glance.LISTS}
    since = {name: at - OVERLAP for name, at in known.items() if at and name not in begun.scans}
    queries = {
        name: _since(glance.first_day(at) if name == "customers" else at) for name, at in since.items()
    }
    return _Run(reader, begun, glance.look(reader.client, queries, since)).pages()


class _Run:
    def __init__(self, reader: Reader, begun: Mark, seen: Glance) -> None:
        self.reader = reader
        self.client = reader.client
        self.mark = begun
        self.now = seen.now  # on the vendor's clock
        self.places = seen.places  # that hold stock
        self.quiet = seen.quiet  # lists with nothing new
        self.has_read = False

    def pages(self) -> Iterator[Page]:
        """Rows first, the new watermark last. Where Shopify has had enough, what was read so far counts,
        and the stream after the one that was stopped has the first turn of the next poll."""
        streams: dict[str, Callable[[Scan], Iterator[Page]]] = {
            "orders": self._orders,
            "stock": self._stock,
            "products": self._products,
            "carts": self._carts,
            "customers": self._customers,
        }
        names = _turns(list(streams), self.mark.first)
        self.mark.first = ""
        for name, following in zip(names, [*names[1:], names[0]], strict=True):
            scan = self.mark.scans.setdefault(name, self._new_scan(name))
            try:
                if name not in self.quiet:
                    yield from streams[name](scan)
            except TryLater as error:
                if error.code != "throttled" or not self.has_read:
                    raise
                self.mark.first = following
                break
            setattr(self.mark, name, scan.begun - SETTLED)
            self.mark.scans.pop(name)
            self.has_read = True
        yield Page(watermark=marks.write(self.mark))

    def _new_scan(self, name: str) -> Scan:
        overlap = STOCK_OVERLAP if name == "stock" else OVERLAP
        return Scan(begun=self.now, since=(getattr(self.mark, name) or self.now) - overlap)

    def _keep(self, name: str, scan: Scan) -> None:
        """A poll that is broken off is gone on with from here."""
        self.mark.scans[name] = scan
        self.has_read = True

    def _orders(self, scan: Scan) -> Iterator[Page]:
        for found in self._in_order("orders", documents.ORDERS, 20, scan):
            yield Page(snapshots=self._read("order", found))
            returned = [
                number(each.get("id"))
                for each in found
                if each.get("returnStatus") not in (None, "NO_RETURN")
            ]
            if returned:
                yield Page(snapshots=list(self.reader.returns_of(returned)))

    def _products(self, scan: Scan) -> Iterator[Page]:
        for found in self._in_order("products", documents.PRODUCTS, 15, scan):
            yield Page(snapshots=self._read("product", found))

    def _customers(self, scan: Scan) -> Iterator[Page]:
        """Their filter matches whole days: only a lower bound, and a day more. They come newest first, so
        that what is known ends the list."""
        start = glance.first_day(scan.since)
        for found in self._listed("customers", documents.CUSTOMERS, 50, start, scan.after, slack=glance.DAY):
            fresh = [each for each in found.rows if _changed_at(each) >= scan.since]
            yield Page(snapshots=self._read("customer", fresh))
            if len(fresh) < len(found.rows):
                return
            self._keep("customers", replace(scan, after=found.after))

    def _carts(self, scan: Scan) -> Iterator[Page]:
        for found in self._listed("abandonedCheckouts", documents.CARTS, 20, scan.since, scan.after):
            told = [self.reader.cart(each) for each in found.rows]
            yield Page(snapshots=[each for each in told if each is not None])
            self._keep("carts", replace(scan, after=found.after))

    def _stock(self, scan: Scan) -> Iterator[Page]:
        """Quantities, location by location; a product does not say that its stock changed."""
        begin = self.places.index(scan.place) if scan.place in self.places else 0
        for place in self.places[begin:]:
            variables = {"location": place, "q": _since(scan.since)}
            ask = partial(pages, self.client, documents.CHANGED_INVENTORY, variables, 50, _levels)
            for found in self._checked(ask, scan.since, scan.after if place == scan.place else ""):
                items = {number(mapping(each.get("item")).get("id")) for each in found.rows} - {""}
                named = [Reference(kind="inventory_item", id=each) for each in sorted(items)]
                yield Page(snapshots=list(self.reader.read(named)))
                self._keep("stock", replace(scan, place=place, after=found.after))

    def _read(self, kind: str, found: list[Row]) -> list[AnySnapshot]:
        return [self.reader.snapshot(kind, each) for each in found]

    def _in_order(self, name: str, document: str, size: int, scan: Scan) -> Iterator[list[Row]]:
        """Of a list in the order of change. One that is too long is begun again where it stopped."""
        is_over = False
        while not is_over:
            is_over = True
            for found in self._listed(name, document, size, scan.since, scan.after):
                yield found.rows
                scan = replace(scan, after=found.after, count=scan.count + len(found.rows))
                reached = max(map(_changed_at, found.rows), default=scan.since)
                is_over = scan.count < LONGEST or reached <= scan.since
                if not is_over:
                    scan = Scan(begun=scan.begun, since=reached)
                self._keep(name, scan)
                if not is_over:
                    break

    def _listed(
        self,
        field: str,
        document: str,
        size: int,
        start: datetime,
        after: str,
        *,
        slack: timedelta = timedelta(),
    ) -> Iterator[Found]:
        variables = {"q": _since(start)}
        ask = partial(pages, self.client, document, variables, size, lambda data: data.get(field))
        return self._checked(ask, start - slack, after)

    def _checked(self, ask: Callable[[str], Iterator[Found]], start: datetime, after: str) -> Iterator[Found]:
        """A page to go on with that is not to be had any more means: from the top again."""
        try:
            for found in ask(after):
                _check(found.rows, start)
                yield found
        except Refused:
            if not after:
                raise
            yield from self._checked(ask, start, "")


def _check(found: list[Row], start: datetime) -> None:
    if any(_changed_at(each) < start - timedelta(seconds=1) for each in found):
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

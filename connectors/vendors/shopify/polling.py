"""Asks Shopify what changed since the last time, stream by stream.

A search filter that Shopify does not know is ignored, and everything comes back; so every row is held
against the window that was asked for. The search index lags behind writes, so windows overlap. What is
older than the connection is no business of a poll: a history is read by bulk operation.
https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

import msgspec

from connectors.errors import NeedsAttention, TryLater
from connectors.types import AnySnapshot, Page, Reference
from connectors.values import instant, mapping, rows, text
from connectors.vendors.shopify import carts, documents
from connectors.vendors.shopify.graphql import Row, ask_when, pages
from connectors.vendors.shopify.ids import number
from connectors.vendors.shopify.reading import Reader

OVERLAP = timedelta(minutes=15)
STOCK_OVERLAP = timedelta(minutes=2)
SETTLED = timedelta(seconds=60)  # what is younger may not be in the index yet
DAY = timedelta(days=1)

Stamp = Annotated[datetime, msgspec.Meta(tz=True)]


class Mark(msgspec.Struct, omit_defaults=True):
    """The watermark: how far each stream was read, on the vendor's own clock."""

    orders: Stamp | None = None
    customers: Stamp | None = None
    products: Stamp | None = None
    carts: Stamp | None = None
    stock: Stamp | None = None


def mark(watermark: str) -> Mark:
    try:
        return msgspec.json.decode(watermark, type=Mark)
    except msgspec.DecodeError:
        return Mark()


def written(at: datetime) -> str:
    """The watermark of a poll that begins at a moment."""
    return msgspec.json.encode(Mark(orders=at, customers=at, products=at, carts=at, stock=at)).decode()


def poll(reader: Reader, watermark: str) -> Iterator[Page]:
    """The first poll of all begins a little before now."""
    data, now = ask_when(reader.client, documents.LOCATIONS)
    places = rows(mapping(data.get("locations")).get("nodes"))
    return _Run(reader, mark(watermark), now, [each for each in places if each.get("isActive")]).pages()


class _Run:
    def __init__(self, reader: Reader, begun: Mark, now: datetime, places: list[Row]) -> None:
        self.reader = reader
        self.client = reader.client
        self.mark = begun
        self.now = now  # on the vendor's clock
        self.places = places  # that hold stock
        self.has_read = False

    def pages(self) -> Iterator[Page]:
        """Rows first, the new watermark last. Where Shopify has had enough, what was read so far counts."""
        streams = (
            ("customers", self._customers),
            ("products", self._products),
            ("orders", self._orders),
            ("carts", self._carts),
            ("stock", self._stock),
        )
        try:
            for name, stream in streams:
                yield from stream(getattr(self.mark, name) or self.now)
                setattr(self.mark, name, self.now - SETTLED)
                self.has_read = True
        except TryLater as error:
            if error.code != "throttled" or not self.has_read:
                raise
        yield Page(watermark=msgspec.json.encode(self.mark).decode())

    def _orders(self, since: datetime) -> Iterator[Page]:
        for found in self._listed(documents.ORDERS, "orders", 20, since, OVERLAP):
            yield Page(snapshots=self._read("order", found))
            returned = [
                number(each.get("id"))
                for each in found
                if each.get("returnStatus") not in (None, "NO_RETURN")
            ]
            if returned:
                yield Page(snapshots=list(self.reader.returns_of(returned)))
            self._reached("orders", found)

    def _customers(self, since: datetime) -> Iterator[Page]:
        """Their filter matches whole days: only a lower bound, and a day more."""
        midnight = datetime.combine((since - OVERLAP).date(), time(), UTC) - DAY
        for found in self._listed(documents.CUSTOMERS, "customers", 50, midnight, timedelta(), slack=DAY):
            fresh = [each for each in found if _changed_at(each) >= since - OVERLAP]
            yield Page(snapshots=self._read("customer", fresh))
            self._reached("customers", found)

    def _products(self, since: datetime) -> Iterator[Page]:
        for found in self._listed(documents.PRODUCTS, "products", 15, since, OVERLAP):
            yield Page(snapshots=self._read("product", found))
            self._reached("products", found)

    def _carts(self, since: datetime) -> Iterator[Page]:
        """Not ordered by change, so only the end of the list moves the mark."""
        for found in self._listed(documents.CARTS, "abandonedCheckouts", 20, since, OVERLAP):
            told = [carts.snapshot(each) for each in found]
            yield Page(snapshots=[each for each in told if each is not None])

    def _stock(self, since: datetime) -> Iterator[Page]:
        """Quantities, location by location; a product does not say that its stock changed."""
        asked = f"updated_at:>='{_shown(since - STOCK_OVERLAP)}'"
        for place in self.places:
            variables = {"location": place["id"], "q": asked}
            levels = pages(self.client, documents.CHANGED_INVENTORY, variables, 100, _levels)
            for found in levels:
                self._check(found, since - STOCK_OVERLAP, timedelta())
                items = {number(mapping(each.get("item")).get("id")) for each in found}
                references = [Reference(kind="inventory_item", id=each) for each in sorted(items - {""})]
                if references:
                    yield Page(references=references)

    def _read(self, kind: str, found: list[Row]) -> list[AnySnapshot]:
        return [self.reader.snapshot(kind, each) for each in found]

    def _listed(
        self,
        document: str,
        field: str,
        size: int,
        since: datetime,
        overlap: timedelta,
        slack: timedelta = timedelta(),
    ) -> Iterator[list[Row]]:
        start = since - overlap
        variables = {"q": f"updated_at:>='{_shown(start)}'"}
        for found in pages(self.client, document, variables, size, lambda data: data.get(field)):
            self._check(found, start, slack)
            yield found

    def _check(self, found: list[Row], start: datetime, slack: timedelta) -> None:
        tolerated = start - slack - timedelta(seconds=1)
        if any(_changed_at(each) < tolerated for each in found):
            raise NeedsAttention(
                "Shopify returned objects outside the time that was asked for, so its search ignores our "
                "filter. Nothing was taken over; the polled data may be wrong until this is repaired.",
                code="filter_ignored",
            )

    def _reached(self, name: str, found: list[Row]) -> None:
        """Pages come in the order of change, so a poll that is broken off goes on from here."""
        if found:
            at = min(_changed_at(found[-1]), self.now - SETTLED)
            setattr(self.mark, name, max(at, getattr(self.mark, name) or at))
            self.has_read = True


def _levels(data: Row) -> object:
    return mapping(data.get("location")).get("inventoryLevels")


def _changed_at(row: Row) -> datetime:
    """Without a stamp it lies outside every window."""
    return instant(row.get("updatedAt")) or datetime.min.replace(tzinfo=UTC)


def _shown(at: datetime) -> str:
    return text(at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

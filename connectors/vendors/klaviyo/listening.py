"""Listens to what the shop tells Klaviyo: its events, read metric by metric from a watermark on.

An event's time is the shop's, and an event may show late, so windows overlap.
https://developers.klaviyo.com/en/reference/get_events
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from django.utils import timezone

from connectors.errors import TryLater
from connectors.http import Client, Response
from connectors.types import AnySnapshot, CartSnapshot, Page
from connectors.values import mapping, rows, text
from connectors.vendors.klaviyo import carts, happenings, meanings
from connectors.vendors.klaviyo.api import Item, equals, items, needing, pages
from connectors.vendors.klaviyo.meanings import CHECKOUT, MEANINGS, PURCHASE, VIEW

SIZE = 500  # events on a page; a thousand long ones would be more than an answer may hold
OVERLAP = timedelta(minutes=15)
SETTLED = timedelta(seconds=60)  # what is younger may not show yet
LOOK_AGAIN = timedelta(minutes=15)  # after which the account's metrics are looked at again …
LOOK_SOON = timedelta(minutes=5)  # … and where one was not found

Reader = Callable[[Item, Mapping[str, Item]], AnySnapshot | None]
READERS: dict[str, Reader] = {VIEW: happenings.view, CHECKOUT: carts.checkout, PURCHASE: carts.purchase}


class Mark(msgspec.Struct, kw_only=True):
    """Where listening stands. ``asked`` is what the metrics were found for; times of reading by meaning."""

    asked: str = ""
    looked_at: datetime | None = None  # on our clock: it only says how old the finding is
    metrics: dict[str, str] = {}
    unheard: dict[str, str] = {}  # why there is none
    read: dict[str, datetime] = {}  # on the vendor's clock


class Listening:
    """One poll for these meanings."""

    def __init__(self, client: Client, words: list[str], options: Mapping[str, str], watermark: str) -> None:
        self.client = client
        self.words = words
        self.options = options
        self.mark = _read(watermark)
        self.unread: dict[str, str] = {}

    @property
    def is_new(self) -> bool:
        """Whether the metrics have to be looked up, and the key's account with them."""
        wait = LOOK_SOON if self.mark.unheard else LOOK_AGAIN
        is_fresh = self.mark.looked_at and timezone.now() - self.mark.looked_at < wait
        return not is_fresh or self.mark.asked != self._asked()

    def carts(self, ids: set[str], since: datetime) -> list[CartSnapshot]:
        """What the carts of these profiles are now, by all that happened since. Raises VendorError."""
        self._look()
        if why := self.mark.unheard.get(PURCHASE):
            raise TryLater(why, code="not_heard", after=LOOK_SOON.total_seconds())
        metrics = [(word, metric) for word in self.words if (metric := self.mark.metrics.get(word))]
        told = [
            each
            for word, metric in metrics
            for response in _pages(self.client, metric, since)
            for each in self._snapshots(word, response)
        ]
        found = [each for each in told if isinstance(each, CartSnapshot) and each.id in ids]
        return list(carts.newest(found))

    def pages(self) -> Iterator[Page]:
        """Rows first, the new watermark last. Raises VendorError."""
        has_looked = self.is_new
        if has_looked:
            self._look()
        for word in self.words:
            if metric := self.mark.metrics.get(word):
                yield from self._events(word, metric)
        unheard = {**self.mark.unheard, **self.unread}
        is_news = has_looked or self.unread
        yield Page(watermark=msgspec.json.encode(self.mark).decode(), unheard=unheard if is_news else None)

    def _look(self) -> None:
        """What nobody listened for until now begins a little before now, on the vendor's clock."""
        with needing("metrics:read"):
            mapped = self.client.get("/api/mapped-metrics")
        if mapped.answered_at is None:
            raise TryLater("Klaviyo's answer lacks its time. It is tried again.", code="unreadable_answer")
        known, by_word = meanings.metrics(self.client), meanings.by_word(items(mapped))
        found = {word: meanings.find(word, self.options, known, by_word) for word in self.words}
        self.mark.metrics = {word: each.id for word, each in found.items() if not isinstance(each, str)}
        self.mark.unheard = {word: each for word, each in found.items() if each and isinstance(each, str)}
        if PURCHASE in self.mark.unheard:
            self.mark.metrics.pop(CHECKOUT, None)  # nobody is reminded of what they may have bought
        begin = mapped.answered_at - SETTLED
        self.mark.read = {word: self.mark.read.get(word, begin) for word in self.words}
        self.mark.asked, self.mark.looked_at = self._asked(), timezone.now()

    def _events(self, word: str, metric: str) -> Iterator[Page]:
        since = self.mark.read[word]
        begun = None
        for response in _pages(self.client, metric, since - OVERLAP):
            begun = begun or response.answered_at
            yield Page(snapshots=self._snapshots(word, response))
        if begun is not None:
            self.mark.read[word] = max(begun - SETTLED, since)

    def _snapshots(self, word: str, response: Response) -> list[AnySnapshot]:
        """What cannot be understood is told, and holds up nothing."""
        people = {text(each.get("id"), 60): each for each in _included(response)}
        found = []
        for event in items(response):
            try:
                found.append(READERS[word](event, people))
            except ValueError as error:
                noun = MEANINGS[word].noun
                told = f"Some {noun} in Klaviyo tell {error}, so they are left out. "
                self.unread[word] = f"{told}Let the shop's integration send it with the event."
        return [each for each in found if each is not None]

    def _asked(self) -> str:
        return msgspec.json.encode([self.words, self.options], order="sorted").decode()


def _pages(client: Client, metric: str, since: datetime) -> Iterator[Response]:
    start = since.astimezone(UTC).replace(microsecond=0)
    asked = {
        "filter": f"{equals('metric_id', metric)},greater-or-equal(datetime,{start:%Y-%m-%dT%H:%M:%SZ})",
        "sort": "datetime",
        "include": "profile",
        "fields[event]": "datetime,event_properties",
        "fields[profile]": "email",
        "page[size]": SIZE,
    }
    with needing("events:read", "profiles:read"):
        yield from pages(client, "/api/events", asked)


def _included(response: Response) -> list[Item]:
    return [each for each in rows(mapping(response.json).get("included")) if each.get("type") == "profile"]


def _read(watermark: str) -> Mark:
    """What cannot be read (an older form) begins anew."""
    try:
        return msgspec.json.decode(watermark, type=Mark)
    except msgspec.DecodeError:
        return Mark()

"""Events and metrics. https://developers.klaviyo.com/en/reference/events_api_overview"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from connectors.roles import Marketing, MarketingEvent
from connectors.vendors.klaviyo import meanings
from connectors.vendors.klaviyo.api import Item, needing
from connectors.vendors.klaviyo.meanings import Metric


class Events(Marketing):
    def send_event(self, event: MarketingEvent) -> None:
        """Of the same ``unique_id`` for one person and metric Klaviyo keeps the first."""
        told = _event(event)
        told["attributes"]["profile"] = _person(event)
        with needing("events:write"):
            self.client.post("/api/events", json={"data": told})

    def send_events(self, events: Sequence[MarketingEvent]) -> None:
        """One ``unique_id`` that was sent before makes Klaviyo refuse the whole request."""
        by_person: dict[tuple[str, str], list[MarketingEvent]] = {}
        for event in events:
            by_person.setdefault((event.email, event.phone), []).append(event)
        groups = [_group(theirs) for theirs in by_person.values()]
        body = {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": groups}}}
        with needing("events:write"):
            self.client.post("/api/event-bulk-create-jobs", json={"data": body})

    def metrics(self) -> list[Metric]:
        return meanings.metrics(self.client)


def _event(event: MarketingEvent) -> Item:
    """``unique_id`` is always set: without it Klaviyo takes the second of the time in its place."""
    about: dict[str, Any] = {
        "metric": {"data": {"type": "metric", "attributes": {"name": event.metric}}},
        "unique_id": event.key,
        "time": event.at.astimezone(UTC).isoformat(),
        "properties": dict(event.properties),
    }
    if event.value is not None:
        about["value"] = event.value
        if event.currency:
            about["value_currency"] = event.currency
    return {"type": "event", "attributes": about}


def _group(theirs: Sequence[MarketingEvent]) -> Item:
    about = {"profile": _person(theirs[0]), "events": {"data": [_event(each) for each in theirs]}}
    return {"type": "event-bulk-create", "attributes": about}


def _person(event: MarketingEvent) -> Item:
    """By one of the two: an address and a number of two profiles would be refused."""
    attributes = {"email": event.email} if event.email else {"phone_number": event.phone}
    return {"data": {"type": "profile", "attributes": attributes}}

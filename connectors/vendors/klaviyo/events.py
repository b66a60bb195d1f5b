"""Events and metrics. https://developers.klaviyo.com/en/reference/events_api_overview"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import msgspec

from connectors.roles import Marketing, MarketingEvent
from connectors.values import mapping, text
from connectors.vendors.klaviyo.api import Item, attributes, everything, needing


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event. Names are unique within one integration only."""

    id: str
    name: str
    integration: str = ""


class Events(Marketing):
    def send_event(self, event: MarketingEvent) -> None:
        """Of the same ``unique_id`` for one person and metric Klaviyo keeps the first."""
        told = _event(event)
        told["attributes"]["profile"] = _person(event.email)
        with needing("events:write"):
            self.client.post("/api/events", json={"data": told})

    def send_events(self, events: Sequence[MarketingEvent]) -> None:
        """One ``unique_id`` that was sent before makes Klaviyo refuse the whole request."""
        by_person: dict[str, list[Item]] = {}
        for event in events:
            by_person.setdefault(event.email, []).append(_event(event))
        groups = [_group(email, told) for email, told in by_person.items()]
        body = {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": groups}}}
        with needing("events:write"):
            self.client.post("/api/event-bulk-create-jobs", json={"data": body})

    def metrics(self) -> list[Metric]:
        with needing("metrics:read"):
            return [_metric(each) for each in everything(self.client, "/api/metrics")]


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


def _group(email: str, told: Sequence[Item]) -> Item:
    about = {"profile": _person(email), "events": {"data": list(told)}}
    return {"type": "event-bulk-create", "attributes": about}


def _person(email: str) -> Item:
    return {"data": {"type": "profile", "attributes": {"email": email}}}


def _metric(found: Item) -> Metric:
    about = attributes(found)
    return Metric(
        id=text(found.get("id"), 60),
        name=text(about.get("name")),
        integration=text(mapping(about.get("integration")).get("name")),
    )

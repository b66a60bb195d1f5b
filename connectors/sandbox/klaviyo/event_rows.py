"""Events and the metrics that come to exist with their first event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.klaviyo import people
from connectors.sandbox.klaviyo.account import KlaviyoAccount, written
from connectors.sandbox.wire import Json

OWN = "API"  # the integration of metrics that are made by events


def metric(account: KlaviyoAccount, name: str, integration: str = OWN, number: str | None = None) -> Json:
    """The metric of that name, made when there is none. Names are unique only within an integration."""
    known = account.metric_by_name.get((name, integration))
    if known is not None:
        return account.metrics[known]
    now = account.stamp()
    row: Json = {
        "id": number or account.short_id(),
        "name": name,
        "created": now,
        "updated": now,
        "integration": {
            "object": "integration",
            "id": f"int-{integration.lower()}",
            "key": integration.lower(),
            "name": integration,
            "category": "API" if integration == OWN else "eCommerce",
        },
    }
    account.metrics[row["id"]] = row
    account.metric_by_name[name, integration] = row["id"]
    return row


def moment(account: KlaviyoAccount, given: Json) -> datetime:
    """When an event happened, to the second."""
    at = instant(given["time"]) if given.get("time") else account.now()
    return at.replace(microsecond=0)


def key(account: KlaviyoAccount, profile: Json, metric_id: str, given: Json) -> tuple[str, str, str]:
    """What makes an event unique; without a unique_id it is the second."""
    unique = given.get("unique_id") or f"{int(moment(account, given).timestamp())}"
    return (profile["id"], metric_id, unique)


def accept(account: KlaviyoAccount, profile: Json, metric_id: str, given: Json) -> Json | None:
    """Take an event; it can be read a little later. None when it is a repetition."""
    unique = key(account, profile, metric_id, given)
    if unique in account.event_keys:
        return None
    account.event_keys.add(unique)
    row = build(account, profile, metric_id, given)
    account.later(lambda _at: land(account, row))
    return row


def land(account: KlaviyoAccount, row: Json) -> None:
    """From now on the event can be read."""
    row["profile"] = account.merged.get(row["profile"], row["profile"])
    account.events[row["id"]] = row
    account.events_by_time.place(row["id"], row["at"])
    account.events_of["metric", row["metric"]].place(row["id"], row["at"])
    account.events_of["profile", row["profile"]].place(row["id"], row["at"])
    profile = account.profiles.get(row["profile"])
    if profile is not None:
        profile["last_event_date"] = max(profile["last_event_date"] or "", row["datetime"])


def oldest() -> datetime:
    return instant("1990-01-01T00:00:00+00:00")


def newest(account: KlaviyoAccount) -> datetime:
    return account.now() + timedelta(days=366)


def build(account: KlaviyoAccount, profile: Json, metric_id: str, given: Json) -> Json:
    at = moment(account, given)
    properties: dict[str, Any] = dict(given.get("properties") or {})
    if given.get("value") is not None:
        properties["$value"] = given["value"]
    if given.get("value_currency"):
        properties["$currency_code"] = given["value_currency"]
    number = account.short_id() + account.long_id()[-5:]
    properties["$event_id"] = given.get("unique_id") or str(int(at.timestamp()))
    return {
        "id": number,
        "uuid": account.uuid(),
        "at": written(at),
        "datetime": at.isoformat(),
        "timestamp": int(at.timestamp()),
        "properties": properties,
        "value": given.get("value"),
        "unique_id": given.get("unique_id"),
        "backfill": bool(given.get("backfill")),
        "profile": profile["id"],
        "metric": metric_id,
    }


def profile_of(account: KlaviyoAccount, given: Json) -> Json:
    """The profile an event belongs to, made or changed by what the event says of it."""
    attributes = dict(given["attributes"])
    anonymous = attributes.pop("anonymous_id", None)
    meta = attributes.pop("meta", None) or given.get("meta")
    if anonymous and not any(attributes.get(name) for name in people.IDENTIFIERS):
        attributes["external_id"] = f"anonymous:{anonymous}"
    return people.upsert(account, attributes, given.get("id"), meta)

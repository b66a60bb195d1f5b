"""Events over the API.

https://developers.klaviyo.com/en/reference/events_api_overview
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.klaviyo import event_rows, metrics, people, profile_shapes
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import accepted, one, page, related, resource
from connectors.sandbox.klaviyo.errors import Refused, invalid, missing
from connectors.sandbox.klaviyo.filters import COMPARES, Condition, moment, number, text
from connectors.sandbox.klaviyo.limits import XL, M
from connectors.sandbox.klaviyo.profiles import ATTRIBUTES, META
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.klaviyo.shape import moment as is_moment
from connectors.sandbox.order import Order
from connectors.sandbox.wire import Json, Reply

routes = Routes()
MOST_EVENTS = 1000
MOST_KEYS = 400
MOST_BYTES = 5_000_000
LONGEST = 100_000
LONGEST_NAME = 128
INCLUDE = ("attributions", "metric", "profile")
LIST = Query(
    filters={
        "metric_id": text("equals"),
        "profile_id": text("equals"),
        "profile": text("has"),
        "metric": text("has"),
        "datetime": moment(*COMPARES),
        "timestamp": number(*COMPARES),
    },
    sorts=("datetime", "timestamp"),
    include=INCLUDE,
    size=(200, 1000),
)
METRIC: Json = {"data": {"type": {"metric"}, "attributes": {"name": str, "service??": str}}}
WHO: Json = {**ATTRIBUTES, "anonymous_id??": str, "_kx??": str}
HAPPENED: Json = {
    "properties": dict,
    "time??": is_moment,
    "value??": float,
    "value_currency??": str,
    "unique_id??": str,
    "backfill??": bool,
    "metric": METRIC,
}
CREATE: Json = {
    "type": {"event"},
    "attributes": {
        **HAPPENED,
        "profile": {"data": {"type": {"profile"}, "id??": str, "attributes": {**WHO, "meta?": META}}},
    },
}
BULK_ITEM: Json = {
    "type": {"event-bulk-create"},
    "attributes": {
        "backfill??": bool,
        "profile": {"data": {"type": {"profile"}, "id??": str, "attributes": WHO, "meta?": META}},
        "events": {"data": [{"type": {"event"}, "attributes": HAPPENED}]},
    },
}
BULK: Json = {
    "type": {"event-bulk-create-job"},
    "attributes": {"events-bulk-create": {"data": [BULK_ITEM]}},
}


@routes.on("POST", "/api/events", XL, "events:write")
def create_event(call: Call) -> Reply:
    _check_size(call)
    given = call.body(CREATE)["attributes"]
    who = _person(given["profile"]["data"], "/data/attributes/profile/data")
    _check(call.account, given, "/data/attributes")
    profile = event_rows.profile_of(call.account, who)
    event_rows.accept(call.account, profile, _metric(call.account, given)["id"], given)
    return accepted()


@routes.on("POST", "/api/event-bulk-create-jobs", M, "events:write")
def create_events(call: Call) -> Reply:
    """Up to a thousand events; one repetition among them or of an earlier one refuses all."""
    _check_size(call)
    pointer = "/data/attributes/events-bulk-create/data"
    batches = call.body(BULK)["attributes"]["events-bulk-create"]["data"]
    total = sum(len(batch["attributes"]["events"]["data"]) for batch in batches)
    if not 1 <= total <= MOST_EVENTS:
        raise invalid(f"Between 1 and {MOST_EVENTS} events can be created at once, not {total}.", pointer)
    people_given = [
        _person(batch["attributes"]["profile"]["data"], f"{pointer}/{place}/attributes/profile/data")
        for place, batch in enumerate(batches)
    ]
    for place, batch in enumerate(batches):
        for inner, event in enumerate(batch["attributes"]["events"]["data"]):
            spot = f"{pointer}/{place}/attributes/events/data/{inner}/attributes"
            _check(call.account, event["attributes"], spot)
    _refuse_repetitions(call.account, batches, people_given, pointer)
    for batch, who in zip(batches, people_given, strict=True):
        profile = event_rows.profile_of(call.account, who)
        backfill = batch["attributes"].get("backfill")
        for event in batch["attributes"]["events"]["data"]:
            given = {"backfill": backfill, **event["attributes"]}
            event_rows.accept(call.account, profile, _metric(call.account, given)["id"], given)
    return accepted()


@routes.on("GET", "/api/events", XL, "events:read", LIST)
def list_events(call: Call) -> Reply:
    account, asked = call.account, call.asked
    keys = account.events_by_time
    for kind in ("metric", "profile"):
        if (wanted := asked.value(f"{kind}_id")) is not None:
            keys = account.events_of.get((kind, wanted), Order())
    since = [asked.value("datetime", how) for how in ("greater-than", "greater-or-equal")]
    return page(
        call,
        keys,
        account.events,
        lambda row: _shown(call, row),
        lambda row: all(_holds(condition, row) for condition in asked.conditions),
        descending=(asked.sort or "-datetime").startswith("-"),
        since=max((one for one in since if one), default=""),
        include=lambda rows: _included(call, rows),
    )


@routes.on("GET", "/api/events/<number>", M, "events:read", Query(include=INCLUDE))
def get_event(call: Call, number: str) -> Reply:
    row = call.account.events.get(number)
    if row is None:
        raise missing("event", number)
    return one(call, _shown(call, row), included=_included(call, [row]) if call.asked.include else None)


def _shown(call: Call, row: Json) -> Json:
    attributes = {name: row[name] for name in ("timestamp", "datetime", "uuid")}
    attributes["event_properties"] = row["properties"]
    shown = resource(call, "event", row["id"], attributes, ("profile", "metric", "attributions"))
    related(shown, "profile", "profile", row["profile"])
    related(shown, "metric", "metric", row["metric"])
    return related(shown, "attributions", "attribution", [])


def _included(call: Call, rows: list[Json]) -> list[Json]:
    account = call.account
    found: list[Json] = []
    if "metric" in call.asked.include:
        numbers = dict.fromkeys(row["metric"] for row in rows)
        found += [metrics.shown(call, account.metrics[number]) for number in numbers]
    if "profile" in call.asked.include:
        numbers = dict.fromkeys(row["profile"] for row in rows if row["profile"] in account.profiles)
        found += [profile_shapes.shown(call, account.profiles[number]) for number in numbers]
    return found


def _holds(condition: Condition, row: Json) -> bool:
    names = {"metric_id": "metric", "profile_id": "profile", "datetime": "at"}
    return condition.holds(row[names.get(condition.field, condition.field)])


def _metric(account: KlaviyoAccount, given: Json) -> Json:
    attributes = given["metric"]["data"]["attributes"]
    return event_rows.metric(account, attributes["name"], attributes.get("service") or event_rows.OWN)


def _person(given: Json, pointer: str) -> Json:
    attributes = people.checked(given["attributes"], f"{pointer}/attributes")
    if not given.get("id") and not any(
        attributes.get(name) for name in (*people.IDENTIFIERS, "anonymous_id")
    ):
        raise invalid("At least one profile identifier is needed.", f"{pointer}/attributes")
    return {**given, "attributes": attributes}


def _check(account: KlaviyoAccount, given: Json, pointer: str) -> None:
    if len(given["properties"]) > MOST_KEYS:
        raise invalid(f"At most {MOST_KEYS} properties are allowed.", f"{pointer}/properties")
    for name, value in given["properties"].items():
        if isinstance(value, str) and len(value) > LONGEST:
            raise invalid(
                f"The property is longer than {LONGEST} characters.", f"{pointer}/properties/{name}"
            )
    name = given["metric"]["data"]["attributes"]["name"]
    if not name or len(name) >= LONGEST_NAME:
        raise invalid(f"A metric's name has 1 to {LONGEST_NAME - 1} characters.", f"{pointer}/metric")
    at = given.get("time")
    if at and not event_rows.oldest() <= instant(at) <= event_rows.newest(account):
        raise invalid("The time must lie between 1990 and a year from now.", f"{pointer}/time")


def _check_size(call: Call) -> None:
    if len(call.request.body) > MOST_BYTES:
        raise Refused(413, "payload_too_large", "Payload too large.", f"At most {MOST_BYTES} bytes.")


def _refuse_repetitions(account: KlaviyoAccount, batches: list[Any], given: list[Json], pointer: str) -> None:
    """Nothing has been written yet, so unknown people are told apart by their identifiers."""
    seen: set[tuple[str, str, str]] = set()
    events = chain.from_iterable(
        ((who, event["attributes"], f"{pointer}/{place}/attributes/events/data/{inner}")
         for inner, event in enumerate(batch["attributes"]["events"]["data"]))
        for place, (batch, who) in enumerate(zip(batches, given, strict=True))
    )  # fmt: skip
    for who, event, spot in events:
        profile = people.found(account, who["attributes"], who.get("id"))
        stand_in = profile or {"id": repr(sorted(who["attributes"].items(), key=lambda item: item[0]))}
        attributes = event["metric"]["data"]["attributes"]
        name = (attributes["name"], attributes.get("service") or event_rows.OWN)
        metric_id = account.metric_by_name.get(name, repr(name))
        unique = event_rows.key(account, stand_in, metric_id, event)
        if unique in seen or unique in account.event_keys:
            raise invalid("An event with this unique_id already exists for the profile and metric.", spot)
        seen.add(unique)

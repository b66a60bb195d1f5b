"""Profiles over the API.

https://developers.klaviyo.com/en/reference/profiles_api_overview
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.klaviyo import groups, people, profile_shapes
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import many, one, page, sorted_rows
from connectors.sandbox.klaviyo.errors import Refused, invalid, missing
from connectors.sandbox.klaviyo.filters import COMPARES, Condition, moment, text
from connectors.sandbox.klaviyo.limits import XS, L, M, S
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.order import Order
from connectors.sandbox.wire import Json, Reply

routes = Routes()
MOST_BYTES = 100_000
SUPPRESSION = "subscriptions.email.marketing.suppression"
LIST_SUPPRESSION = "subscriptions.email.marketing.list_suppressions"
EXTRAS = {"profile": ("subscriptions", "predictive_analytics")}
SLOWER = {"predictive_analytics": M, "lists": XS, "segments": XS}
LIST = Query(
    filters={
        "id": text("any", "equals"),
        "email": text("any", "equals"),
        "phone_number": text("any", "equals"),
        "external_id": text("any", "equals"),
        "_kx": text("equals"),
        "created": moment("greater-than", "less-than"),
        "updated": moment("greater-than", "less-than"),
        f"{SUPPRESSION}.reason": text("equals"),
        f"{SUPPRESSION}.timestamp": moment(*COMPARES),
        f"{LIST_SUPPRESSION}.reason": text("equals"),
        f"{LIST_SUPPRESSION}.timestamp": moment(*COMPARES),
        f"{LIST_SUPPRESSION}.list_id": text("equals"),
    },
    sorts=("created", "email", "id", "updated", f"{SUPPRESSION}.timestamp", f"{LIST_SUPPRESSION}.timestamp"),
    include=("conversations", "push-tokens"),
    extras=EXTRAS,
    size=(20, 100),
)
ONE = Query(include=("conversations", "lists", "push-tokens", "segments"), extras=EXTRAS)
CHANGED = Query(extras=EXTRAS)


def _coordinate(value: Any) -> str | None:
    right = isinstance(value, int | float | str) and not isinstance(value, bool)
    return None if right else "must be a number or a string"


LOCATION = {
    **{
        f"{name}??": str
        for name in ("address1", "address2", "city", "country", "region", "zip", "timezone", "ip")
    },
    "latitude??": _coordinate,
    "longitude??": _coordinate,
}
ATTRIBUTES: Json = {
    **{f"{name}??": str for name in (*people.IDENTIFIERS, *people.PLAIN)},
    "location?": LOCATION,
    "properties?": dict,
}


def _unset(value: Any) -> str | None:
    right = isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(name, str) for name in value)
    )
    return None if right else "must be a string or an array of strings"


META: Json = {
    "patch_properties?": {"append?": dict, "unappend?": dict, "unset?": _unset},
    "patch_identifiers?": {"append?": dict, "unappend?": dict},
}
CREATE: Json = {"type": {"profile"}, "attributes": ATTRIBUTES}
UPSERT: Json = {"type": {"profile"}, "id??": str, "attributes": {**ATTRIBUTES, "_kx??": str}, "meta?": META}
UPDATE: Json = {"type": {"profile"}, "id": str, "attributes": ATTRIBUTES, "meta?": META}
MERGE: Json = {
    "type": {"profile-merge"},
    "id": str,
    "relationships": {"profiles": {"data": [{"type": {"profile"}, "id": str}]}},
}


def get(account: KlaviyoAccount, number: str, pointer: str = "/data/id") -> Json:
    if number not in account.profiles:
        raise missing("profile", number, pointer)
    return account.profiles[number]


@routes.on("GET", "/api/profiles", L, "profiles:read", LIST, slower=SLOWER)
def list_profiles(call: Call) -> Reply:
    account, sort = call.account, call.asked.sort
    keys, descending = account.profiles_created, bool(sort and sort.startswith("-"))
    if (narrow := _narrowed(account, call.asked.conditions)) is not None:
        keys, descending = sorted_rows(narrow, sort, "created")
    elif sort in ("updated", "-updated"):
        keys = account.profiles_updated
    elif sort not in (None, "created", "-created"):
        keys, descending = _arranged(account, str(sort)), descending
    return page(
        call,
        keys,
        account.profiles,
        lambda row: profile_shapes.shown(call, row),
        lambda row: fits(call, row),
        descending,
        _since(call),
    )


@routes.on("GET", "/api/profiles/<number>", L, "profiles:read", ONE, slower=SLOWER)
def get_profile(call: Call, number: str) -> Reply:
    row = get(call.account, number)
    if not call.asked.include:
        return one(call, profile_shapes.shown(call, row))
    lists = (
        groups.lists_shown(call, people.lists_of(call.account, number))
        if "lists" in call.asked.include
        else []
    )
    segments = groups.segments_shown(call, row) if "segments" in call.asked.include else []
    return one(call, profile_shapes.shown(call, row), included=[*lists, *segments])


@routes.on("POST", "/api/profiles", L, "profiles:write", CHANGED)
def create_profile(call: Call) -> Reply:
    given = people.checked(_body(call, CREATE)["attributes"])
    if (existing := people.found(call.account, given)) is not None:
        raise people.duplicate(existing["id"])
    return one(call, profile_shapes.shown(call, people.create(call.account, given)), 201)


@routes.on("POST", "/api/profile-import", L, "profiles:write", CHANGED)
def upsert_profile(call: Call) -> Reply:
    data = _body(call, UPSERT)
    given = people.checked(data["attributes"])
    is_new = people.found(call.account, given, data.get("id")) is None
    row = people.upsert(call.account, given, data.get("id"), data.get("meta"))
    return one(call, profile_shapes.shown(call, row), 201 if is_new else 200)


@routes.on("PATCH", "/api/profiles/<number>", L, "profiles:write", CHANGED)
def update_profile(call: Call, number: str) -> Reply:
    row = get(call.account, number)
    data = _body(call, UPDATE)
    if data["id"] != number:
        raise invalid("The id of the body is not that of the address.", "/data/id")
    people.change(call.account, row, people.checked(data["attributes"]), data.get("meta"))
    return one(call, profile_shapes.shown(call, row))


@routes.on("POST", "/api/profile-merge", M, "profiles:write")
def merge_profiles(call: Call) -> Reply:
    data = call.body(MERGE)
    target = get(call.account, data["id"])
    for place, source in enumerate(data["relationships"]["profiles"]["data"]):
        row = get(call.account, source["id"], f"/data/relationships/profiles/data/{place}/id")
        if row is not target:
            people.merge(call.account, row, target)
    return one(
        call,
        {
            "type": "profile",
            "id": target["id"],
            "links": {"self": f"{call.base}/api/profiles/{target['id']}"},
        },
        201,
    )


@routes.on("GET", "/api/profiles/<number>/lists", S, "lists:read profiles:read")
def lists_of_profile(call: Call, number: str) -> Reply:
    get(call.account, number)
    return many(call, groups.lists_shown(call, people.lists_of(call.account, number)))


@routes.on("GET", "/api/profiles/<number>/segments", S, "profiles:read segments:read")
def segments_of_profile(call: Call, number: str) -> Reply:
    return many(call, groups.segments_shown(call, get(call.account, number)))


def fits(call: Call, row: Json) -> bool:
    return all(_holds(condition, row) for condition in call.asked.conditions)


def _body(call: Call, shape: Json) -> Any:
    if len(call.request.body) > MOST_BYTES:
        raise Refused(
            413, "payload_too_large", "Payload too large.", f"At most {MOST_BYTES} bytes a profile."
        )
    return call.body(shape)


def _holds(condition: Condition, row: Json) -> bool:
    for prefix, name in ((SUPPRESSION, "suppression"), (LIST_SUPPRESSION, "list_suppressions")):
        if condition.field.startswith(f"{prefix}."):
            inner = condition.field.removeprefix(f"{prefix}.")
            return any(condition.holds(entry[inner]) for entry in row[name])
    if condition.field == "email":
        value = condition.value
        lowered = frozenset(map(str.lower, value)) if isinstance(value, frozenset) else value.lower()
        return Condition("email", condition.operator, lowered).holds(row["email"])
    return condition.holds(row.get(condition.field))


def _narrowed(account: KlaviyoAccount, conditions: tuple[Condition, ...]) -> list[Json] | None:
    """The few profiles that a clause on an identifier can mean; None when there is no such clause."""
    for condition in conditions:
        wanted = condition.value if condition.operator == "any" else {condition.value}
        if condition.field == "id":
            return [account.profiles[number] for number in wanted if number in account.profiles]
        if condition.field in people.IDENTIFIERS:
            rows = [people.by(account, condition.field, value) for value in wanted]
            return list({row["id"]: row for row in rows if row}.values())
    return None


def _arranged(account: KlaviyoAccount, sort: str) -> Order[str]:
    """All profiles by something that has no index."""
    field = sort.removeprefix("-")
    name = {
        f"{SUPPRESSION}.timestamp": "suppression",
        f"{LIST_SUPPRESSION}.timestamp": "list_suppressions",
    }.get(field)
    order: Order[str] = Order()
    keyed = (
        (
            max((entry["timestamp"] for entry in row[name]), default="") if name else str(row[field] or ""),
            row["id"],
        )
        for row in account.profiles.values()
    )
    for key, number in sorted(keyed):
        order.place(number, key)
    return order


def _since(call: Call) -> str:
    field = "updated" if call.asked.sort in ("updated", "-updated") else "created"
    return str(call.asked.value(field, "greater-than") or "")

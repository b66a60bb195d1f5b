"""Segments: groups by definition, worked out whenever they are read.

https://developers.klaviyo.com/en/reference/segments_api_overview
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.klaviyo import audience, flow_rows, groups, profile_shapes, profiles, tag_rows
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import cut, identifiers, many, matches, one, page, sorted_rows
from connectors.sandbox.klaviyo.errors import invalid, missing
from connectors.sandbox.klaviyo.filters import boolean, text
from connectors.sandbox.klaviyo.limits import XS, L, S, Tier
from connectors.sandbox.klaviyo.lists import GROUP_SORTS, INCLUDE, MEMBER_FILTERS, NAMED
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()
CHANGES = Tier(XS.burst, XS.steady, 100)
LIST = Query(
    filters={**NAMED, "is_active": boolean("any", "equals"), "is_starred": boolean("equals")},
    sorts=GROUP_SORTS,
    include=INCLUDE,
    size=(10, 10),
)
ONE = Query(include=INCLUDE, extras={"segment": ("profile_count",)})
MEMBERS = Query(
    filters={**MEMBER_FILTERS, "profile_id": text("any", "equals")},
    sorts=("joined_group_at",),
    extras=profiles.EXTRAS,
    size=(20, 100),
)
CREATE: Json = {"type": {"segment"}, "attributes": {"name": str, "definition": dict, "is_starred?": bool}}
UPDATE: Json = {
    "type": {"segment"},
    "id": str,
    "attributes": {"name?": str, "definition?": dict, "is_starred?": bool, "is_active?": bool},
}


def add(account: KlaviyoAccount, given: Json) -> Json:
    now = account.stamp()
    row: Json = {
        "id": given.get("id") or account.short_id(),
        "name": given["name"],
        "definition": given.get("definition") or {"condition_groups": []},
        "created": now,
        "updated": now,
        "is_active": given.get("is_active", True),
        "is_processing": False,
        "is_starred": bool(given.get("is_starred")),
        "members": given.get("members"),
    }
    account.segments[row["id"]] = row
    return row


@routes.on("GET", "/api/segments", L, "segments:read", LIST)
def list_segments(call: Call) -> Reply:
    rows = call.account.segments
    keys, descending = sorted_rows(rows.values(), call.asked.sort, "id")
    return page(
        call,
        keys,
        rows,
        lambda row: groups.segment_shown(call, row),
        lambda row: matches(call, row),
        descending,
        include=lambda found: [
            tag for row in found for tag in tag_rows.shown_on(call, "segments", row["id"])
        ],
    )


@routes.on("POST", "/api/segments", CHANGES, "segments:write")
def create_segment(call: Call) -> Reply:
    given = call.body(CREATE)["attributes"]
    audience.check(given["definition"], "/data/attributes/definition")
    return one(call, groups.segment_shown(call, add(call.account, given)), 201)


@routes.on("GET", "/api/segments/<number>", L, "segments:read", ONE, slower={"profile_count": XS})
def get_segment(call: Call, number: str) -> Reply:
    included = tag_rows.shown_on(call, "segments", number) if "tags" in call.asked.include else None
    return one(call, groups.segment_shown(call, _get(call, number)), included=included)


@routes.on("PATCH", "/api/segments/<number>", CHANGES, "segments:write")
def update_segment(call: Call, number: str) -> Reply:
    row = _get(call, number)
    given = call.body(UPDATE)["attributes"]
    if given.get("is_active") is False and len(given) > 1:
        raise invalid("Deactivating must be the only change.", "/data/attributes/is_active")
    if "definition" in given:
        audience.check(given["definition"], "/data/attributes/definition")
    row.update(given, updated=call.account.stamp())
    return one(call, groups.segment_shown(call, row))


@routes.on("DELETE", "/api/segments/<number>", S, "segments:write")
def delete_segment(call: Call, number: str) -> Reply:
    _get(call, number)
    del call.account.segments[number]
    return Reply(204)


@routes.on("GET", "/api/segments/<number>/profiles", L, "profiles:read segments:read", MEMBERS)
def members(call: Call, number: str) -> Reply:
    row = _get(call, number)
    found, following = _cut(call, number)
    rows = [call.account.profiles[profile] for profile in found]
    joined = row["updated"]
    shown = [profile_shapes.shown(call, profile, joined_group_at=joined) for profile in rows]
    return many(call, shown, following)


@routes.on("GET", "/api/segments/<number>/relationships/profiles", L, "profiles:read segments:read", MEMBERS)
def member_ids(call: Call, number: str) -> Reply:
    _get(call, number)
    found, following = _cut(call, number)
    return many(call, identifiers("profile", found), following)


@routes.on("GET", "/api/segments/<number>/tags", S, "segments:read tags:read")
def tags_of_segment(call: Call, number: str) -> Reply:
    _get(call, number)
    return many(call, tag_rows.shown_on(call, "segments", number))


@routes.on("GET", "/api/segments/<number>/flow-triggers", S, "flows:read segments:read")
def flow_triggers(call: Call, number: str) -> Reply:
    _get(call, number)
    flows = flow_rows.triggered_by(call.account, "segment", number)
    return many(call, [flow_rows.shown(call, flow) for flow in flows])


def _get(call: Call, number: str) -> Json:
    if number not in call.account.segments:
        raise missing("segment", number)
    return call.account.segments[number]


def _cut(call: Call, number: str) -> tuple[list[str], str | None]:
    account = call.account
    keys = account.profiles_created.part(groups.members(account, number))
    joined = account.segments[number]["updated"]

    def keep(profile: str) -> bool:
        row: dict[str, Any] = {**account.profiles[profile], "profile_id": profile, "joined_group_at": joined}
        return profiles.fits(call, row)

    return cut(call, keys, keep, call.asked.sort == "-joined_group_at")

"""Lists and their members over the API.

https://developers.klaviyo.com/en/reference/lists_api_overview
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox.klaviyo import flow_rows, groups, people, profile_shapes, profiles, tag_rows
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import cut, identifiers, many, matches, one, page, sorted_rows
from connectors.sandbox.klaviyo.errors import invalid, missing
from connectors.sandbox.klaviyo.filters import COMPARES, moment, text
from connectors.sandbox.klaviyo.limits import XS, L, M, S, Tier
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()
MOST_MEMBERS = 1000
OPT_IN = {"single_opt_in", "double_opt_in"}
INCLUDE = ("flow-triggers", "tags")
GROUP_SORTS = ("created", "id", "name", "updated")
NAMED = {
    "name": text("any", "equals"),
    "id": text("any", "equals"),
    "created": moment("greater-than"),
    "updated": moment("greater-than"),
}
LIST = Query(filters=NAMED, sorts=GROUP_SORTS, include=INCLUDE, size=(10, 10))
ONE = Query(include=INCLUDE, extras={"list": ("profile_count",)})
MEMBER_FILTERS = {
    "email": text("any", "equals"),
    "phone_number": text("any", "equals"),
    "push_token": text("any", "equals"),
    "_kx": text("equals"),
    "joined_group_at": moment(*COMPARES),
}
MEMBERS = Query(filters=MEMBER_FILTERS, sorts=("joined_group_at",), extras=profiles.EXTRAS, size=(20, 100))
CREATE: Json = {"type": {"list"}, "attributes": {"name": str, "opt_in_process?": OPT_IN}}
UPDATE: Json = {"type": {"list"}, "id": str, "attributes": {"name??": str, "opt_in_process?": OPT_IN}}
REFERENCES: list[Json] = [{"type": {"profile"}, "id": str}]
BOTH = "lists:write profiles:write"


def get(account: KlaviyoAccount, number: str) -> Json:
    if number not in account.lists:
        raise missing("list", number)
    return account.lists[number]


@routes.on("GET", "/api/lists", L, "lists:read", LIST)
def list_lists(call: Call) -> Reply:
    keys, descending = sorted_rows(call.account.lists.values(), call.asked.sort, "id")
    return page(
        call,
        keys,
        call.account.lists,
        lambda row: groups.list_shown(call, row),
        lambda row: matches(call, row),
        descending,
        include=lambda rows: _included(call, rows),
    )


@routes.on("POST", "/api/lists", Tier(M.burst, M.steady, 150), "lists:write")
def create_list(call: Call) -> Reply:
    given = call.body(CREATE)["attributes"]
    if not given["name"].strip():
        raise invalid("A list needs a name.", "/data/attributes/name")
    row = groups.add_list(call.account, given["name"], opt_in_process=given.get("opt_in_process"))
    return one(call, groups.list_shown(call, row), 201)


@routes.on("GET", "/api/lists/<number>", L, "lists:read", ONE, slower={"profile_count": XS})
def get_list(call: Call, number: str) -> Reply:
    row = get(call.account, number)
    included = _included(call, [row]) if call.asked.include else None
    return one(call, groups.list_shown(call, row), included=included)


@routes.on("PATCH", "/api/lists/<number>", M, "lists:write")
def update_list(call: Call, number: str) -> Reply:
    row = get(call.account, number)
    given = call.body(UPDATE)["attributes"]
    row.update(given, updated=call.account.stamp())
    return one(call, groups.list_shown(call, row))


@routes.on("DELETE", "/api/lists/<number>", M, "lists:write")
def delete_list(call: Call, number: str) -> Reply:
    get(call.account, number)
    del call.account.lists[number], call.account.members[number]
    return Reply(204)


@routes.on("GET", "/api/lists/<number>/tags", S, "lists:read tags:read")
def tags_of_list(call: Call, number: str) -> Reply:
    get(call.account, number)
    return many(call, tag_rows.shown_on(call, "lists", number))


@routes.on("GET", "/api/lists/<number>/flow-triggers", S, "flows:read lists:read")
def flow_triggers(call: Call, number: str) -> Reply:
    get(call.account, number)
    return many(
        call, [flow_rows.shown(call, flow) for flow in flow_rows.triggered_by(call.account, "list", number)]
    )


@routes.on("GET", "/api/lists/<number>/profiles", L, "lists:read profiles:read", MEMBERS)
def members(call: Call, number: str) -> Reply:
    get(call.account, number)
    joined = call.account.members[number]

    def render(profile: Json) -> Json:
        return profile_shapes.shown(call, profile, joined_group_at=joined.stamp(profile["id"]))

    found, following = _cut(call, number)
    return many(call, [render(call.account.profiles[profile]) for profile in found], following)


@routes.on("GET", "/api/lists/<number>/relationships/profiles", L, "lists:read profiles:read", MEMBERS)
def member_ids(call: Call, number: str) -> Reply:
    get(call.account, number)
    found, following = _cut(call, number)
    return many(call, identifiers("profile", found), following)


@routes.on("POST", "/api/lists/<number>/relationships/profiles", M, BOTH)
def add_members(call: Call, number: str) -> Reply:
    _each(call, number, lambda profile: people.join(call.account, profile, number, call.account.stamp()))
    return Reply(204)


@routes.on("DELETE", "/api/lists/<number>/relationships/profiles", M, BOTH)
def remove_members(call: Call, number: str) -> Reply:
    _each(call, number, lambda profile: people.leave(call.account, profile, number))
    return Reply(204)


def _each(call: Call, number: str, act: Callable[[str], None]) -> None:
    """All of the named profiles, or none when one is unknown."""
    get(call.account, number)
    references: Any = call.body(REFERENCES)
    if not 1 <= len(references) <= MOST_MEMBERS:
        raise invalid(f"Between 1 and {MOST_MEMBERS} profiles can be given at once, not {len(references)}.")
    for place, reference in enumerate(references):
        profiles.get(call.account, reference["id"], f"/data/{place}/id")
    for reference in references:
        act(reference["id"])


def _cut(call: Call, number: str) -> tuple[list[str], str | None]:
    account = call.account
    joined = account.members[number]
    descending = call.asked.sort == "-joined_group_at"

    def keep(profile: str) -> bool:
        row = {**account.profiles[profile], "joined_group_at": joined.stamp(profile)}
        return profiles.fits(call, row)

    one, several = call.asked.value("email"), call.asked.value("email", "any")
    if one is None and several is None:
        return cut(call, joined, keep, descending)
    rows = [people.by(account, "email", email) for email in several or [one]]
    return cut(call, joined.part({row["id"] for row in rows if row}), keep, descending)


def _included(call: Call, rows: list[Json]) -> list[Json]:
    found: list[Json] = []
    for row in rows:
        if "tags" in call.asked.include:
            found += tag_rows.shown_on(call, "lists", row["id"])
        if "flow-triggers" in call.asked.include:
            found += [
                flow_rows.shown(call, flow)
                for flow in flow_rows.triggered_by(call.account, "list", row["id"])
            ]
    return list({(one["type"], one["id"]): one for one in found}.values())

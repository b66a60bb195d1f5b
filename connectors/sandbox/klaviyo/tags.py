"""Tags over the API, and the objects that carry them.

https://developers.klaviyo.com/en/reference/tags_api_overview
"""

from __future__ import annotations

from connectors.sandbox.klaviyo import tag_rows
from connectors.sandbox.klaviyo.documents import identifiers, many, matches, one, page, sorted_rows
from connectors.sandbox.klaviyo.errors import Refused, invalid, missing
from connectors.sandbox.klaviyo.filters import text
from connectors.sandbox.klaviyo.limits import S
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()
MOST_TAGS = 500
MOST_ON_ONE = 100
LIST = Query(
    filters={"name": text("contains", "ends-with", "equals", "starts-with")},
    sorts=("id", "name"),
    size=(50, 50),
)
CREATE: Json = {"type": {"tag"}, "attributes": {"name": str}}
UPDATE: Json = {"type": {"tag"}, "id": str, "attributes": {"name": str}}


@routes.on("GET", "/api/tags", S, "tags:read", LIST)
def list_tags(call: Call) -> Reply:
    keys, descending = sorted_rows(call.account.tags.values(), call.asked.sort, "name")
    rows = call.account.tags
    return page(
        call, keys, rows, lambda row: tag_rows.shown(call, row), lambda row: matches(call, row), descending
    )


@routes.on("POST", "/api/tags", S, "tags:read tags:write")
def create_tag(call: Call) -> Reply:
    name = call.body(CREATE)["attributes"]["name"].strip()
    _check_name(call, name)
    if len(call.account.tags) >= MOST_TAGS:
        raise invalid(f"An account has at most {MOST_TAGS} tags.")
    return one(call, tag_rows.shown(call, tag_rows.add(call.account, name)), 201)


@routes.on("GET", "/api/tags/<number>", S, "tags:read")
def get_tag(call: Call, number: str) -> Reply:
    return one(call, tag_rows.shown(call, _get(call, number)))


@routes.on("PATCH", "/api/tags/<number>", S, "tags:read tags:write")
def update_tag(call: Call, number: str) -> Reply:
    row = _get(call, number)
    name = call.body(UPDATE)["attributes"]["name"].strip()
    if name != row["name"]:
        _check_name(call, name)
        row["name"] = name
    return Reply(204)


@routes.on("DELETE", "/api/tags/<number>", S, "tags:read tags:write")
def delete_tag(call: Call, number: str) -> Reply:
    _get(call, number)
    for kind in tag_rows.KINDS:
        for carrier in list(call.account.tagged[kind]):
            tag_rows.take_off(call.account, number, kind, carrier)
    del call.account.tags[number]
    return Reply(204)


def _relate(kind: str) -> None:
    """The three relationship routes of one kind of object."""
    path = f"/api/tags/<number>/relationships/{kind}"

    @routes.on("GET", path, S, f"{kind}:read tags:read")
    def carriers(call: Call, number: str) -> Reply:
        _get(call, number)
        found = sorted(one for one, tags in call.account.tagged[kind].items() if number in tags)
        return many(call, identifiers(tag_rows.KINDS[kind], found))

    @routes.on("POST", path, S, f"{kind}:write tags:write")
    def put_on(call: Call, number: str) -> Reply:
        for carrier in _carriers(call, number, kind):
            if len(call.account.tagged[kind][carrier] | {number}) > MOST_ON_ONE:
                raise invalid(f"An object has at most {MOST_ON_ONE} tags.")
            tag_rows.put_on(call.account, number, kind, carrier)
        return Reply(204)

    @routes.on("DELETE", path, S, f"{kind}:write tags:write")
    def take_off(call: Call, number: str) -> Reply:
        for carrier in _carriers(call, number, kind):
            tag_rows.take_off(call.account, number, kind, carrier)
        return Reply(204)


for _kind in tag_rows.KINDS:
    _relate(_kind)


def _carriers(call: Call, number: str, kind: str) -> list[str]:
    _get(call, number)
    references = call.body([{"type": {tag_rows.KINDS[kind]}, "id": str}])
    known = getattr(call.account, kind)
    for place, reference in enumerate(references):
        if reference["id"] not in known:
            raise missing(tag_rows.KINDS[kind], reference["id"], f"/data/{place}/id")
    return [reference["id"] for reference in references]


def _get(call: Call, number: str) -> Json:
    if number not in call.account.tags:
        raise missing("tag", number)
    return call.account.tags[number]


def _check_name(call: Call, name: str) -> None:
    if not name:
        raise invalid("A tag needs a name.", "/data/attributes/name")
    if tag_rows.named(call.account, name) is not None:
        detail = f"A tag named {name!r} already exists."
        raise Refused(409, "duplicate", "Conflict.", detail, pointer="/data/attributes/name")

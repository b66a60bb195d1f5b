"""The template library; a campaign message has a copy of its own, which is not in here.

https://developers.klaviyo.com/en/reference/templates_api_overview
"""

from __future__ import annotations

from connectors.sandbox.klaviyo import markup
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import matches, one, page, resource, sorted_rows
from connectors.sandbox.klaviyo.errors import invalid, missing
from connectors.sandbox.klaviyo.filters import COMPARES, moment, text
from connectors.sandbox.klaviyo.limits import L
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()
MOST_TEMPLATES = 1000
FIELDS = ("name", "editor_type", "html", "text", "amp", "created", "updated")
LIST = Query(
    filters={
        "id": text("any", "equals"),
        "name": text("any", "contains", "equals"),
        "created": moment("equals", *COMPARES),
        "updated": moment("equals", *COMPARES),
    },
    sorts=("created", "id", "name", "updated"),
    size=(10, 10),
)
WRITTEN: Json = {"html??": str, "text??": str, "amp??": str}
EDITORS = {"CODE", "USER_DRAGGABLE"}
CREATE: Json = {"type": {"template"}, "attributes": {"name": str, "editor_type": EDITORS, **WRITTEN}}
UPDATE: Json = {"type": {"template"}, "id": str, "attributes": {"name??": str, **WRITTEN}}


def add(account: KlaviyoAccount, given: Json, kept: dict[str, Json]) -> Json:
    """A template, in the library or among the copies of messages."""
    now = account.stamp()
    row: Json = {
        "id": given.get("id") or account.short_id(),
        "name": given.get("name") or "Untitled template",
        "editor_type": given.get("editor_type") or "CODE",
        "html": given.get("html") or "<html><body>{% unsubscribe %}</body></html>",
        "text": given.get("text"),
        "amp": given.get("amp"),
        "created": given.get("created") or now,
        "updated": given.get("updated") or now,
    }
    kept[row["id"]] = row
    return row


def shown(call: Call, row: Json) -> Json:
    return resource(call, "template", row["id"], {name: row[name] for name in FIELDS})


@routes.on("GET", "/api/templates", L, "templates:read", LIST)
def list_templates(call: Call) -> Reply:
    rows = call.account.templates
    keys, descending = sorted_rows(rows.values(), call.asked.sort, "id")
    return page(call, keys, rows, lambda row: shown(call, row), lambda row: matches(call, row), descending)


@routes.on("POST", "/api/templates", L, "templates:write")
def create_template(call: Call) -> Reply:
    given = call.body(CREATE)["attributes"]
    if not given.get("html"):
        raise invalid("'html' is a required field.", "/data/attributes/html")
    _check(given)
    if len(call.account.templates) >= MOST_TEMPLATES:
        raise invalid(f"At most {MOST_TEMPLATES} templates can be created over the API.")
    return one(call, shown(call, add(call.account, given, call.account.templates)), 201)


@routes.on("GET", "/api/templates/<number>", L, "templates:read")
def get_template(call: Call, number: str) -> Reply:
    return one(call, shown(call, _get(call, number)))


@routes.on("PATCH", "/api/templates/<number>", L, "templates:write")
def update_template(call: Call, number: str) -> Reply:
    row = _get(call, number)
    given = call.body(UPDATE)["attributes"]
    _check(given)
    row.update(given, updated=call.account.stamp())
    return one(call, shown(call, row))


@routes.on("DELETE", "/api/templates/<number>", L, "templates:write")
def delete_template(call: Call, number: str) -> Reply:
    _get(call, number)
    del call.account.templates[number]
    return Reply(204)


def _check(given: Json) -> None:
    for name in WRITTEN:
        markup.check(given.get(name.rstrip("?")), f"/data/attributes/{name.rstrip('?')}")


def _get(call: Call, number: str) -> Json:
    if number not in call.account.templates:
        raise missing("template", number)
    return call.account.templates[number]

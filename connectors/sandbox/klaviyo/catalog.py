"""Items of the account's own catalog. What integrations sync is not reachable over the API.

https://developers.klaviyo.com/en/reference/catalogs_api_overview
"""

from __future__ import annotations

from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import matches, one, page, resource, sorted_rows
from connectors.sandbox.klaviyo.errors import invalid, missing
from connectors.sandbox.klaviyo.filters import boolean, text
from connectors.sandbox.klaviyo.limits import XL, L
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()
PREFIX = "$custom:::$default:::"
FIELDS = ("external_id", "title", "description", "price", "url", "published", "created", "updated")
LIST = Query(
    filters={"ids": text("any"), "title": text("contains"), "published": boolean("equals")},
    sorts=("created",),
    size=(100, 100),
)
UPDATE: Json = {
    "type": {"catalog-item"},
    "id": str,
    "attributes": {
        "title??": str,
        "price??": float,
        "description??": str,
        "url??": str,
        "image_full_url??": str,
        "image_thumbnail_url??": str,
        "images??": [str],
        "custom_metadata??": dict,
        "published??": bool,
    },
}


def add(account: KlaviyoAccount, given: Json) -> Json:
    now = account.stamp()
    external = str(given.get("external_id") or account.short_id())
    row: Json = {
        "id": f"{PREFIX}{external}",
        "external_id": external,
        "title": given.get("title") or "Untitled item",
        "description": given.get("description") or "",
        "price": given.get("price"),
        "url": given.get("url") or f"https://shop.test/products/{external}",
        "published": given.get("published", True),
        "created": now,
        "updated": now,
    }
    account.catalog_items[row["id"]] = row
    return row


@routes.on("GET", "/api/catalog-items", XL, "catalogs:read", LIST)
def list_items(call: Call) -> Reply:
    rows = {number: {**row, "ids": number} for number, row in call.account.catalog_items.items()}
    keys, descending = sorted_rows(rows.values(), call.asked.sort, "created")
    return page(call, keys, rows, lambda row: shown(call, row), lambda row: matches(call, row), descending)


@routes.on("GET", "/api/catalog-items/<number>", XL, "catalogs:read")
def get_item(call: Call, number: str) -> Reply:
    return one(call, shown(call, _get(call, number)))


@routes.on("PATCH", "/api/catalog-items/<number>", L, "catalogs:write")
def update_item(call: Call, number: str) -> Reply:
    row = _get(call, number)
    given = call.body(UPDATE)
    if given["id"] != number:
        raise invalid("The id in the body is not the one in the path.", "/data/id")
    row.update({name: value for name, value in given["attributes"].items() if value is not None})
    row["updated"] = call.account.stamp()
    return one(call, shown(call, row))


def shown(call: Call, row: Json) -> Json:
    return resource(call, "catalog-item", row["id"], {name: row[name] for name in FIELDS}, ("variants",))


def _get(call: Call, number: str) -> Json:
    if number not in call.account.catalog_items:
        raise missing("catalog-item", number)
    return call.account.catalog_items[number]

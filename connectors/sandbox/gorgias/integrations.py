"""Integrations; only HTTP ones can be made over the API.

https://developers.gorgias.com/reference/the-integration-object
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from connectors.sandbox.gorgias import fields, shapes
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused
from connectors.sandbox.gorgias.paging import PAGING, page
from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.gorgias.triggers import TRIGGERS
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def _url(value: Any) -> str | None:
    parts = urlsplit(value) if isinstance(value, str) else None
    return None if parts and parts.scheme in ("http", "https") and parts.netloc else "Not a valid URL."


def _triggers(value: Any) -> str | None:
    if not isinstance(value, dict) or not all(isinstance(on, bool) for on in value.values()):
        return "Not a valid mapping of triggers to booleans."
    unknown = [name for name in value if name not in TRIGGERS]
    return f"Unknown triggers: {', '.join(unknown)}." if unknown else None


def _form(value: Any) -> str | None:
    if isinstance(value, str):
        return None
    right = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    return None if right else "Not a valid mapping of strings."


HTTP_CHECKS: dict[str, fields.Check] = {
    "url": _url,
    "method": fields.choice("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"),
    "request_content_type": fields.choice(JSON, FORM),
    "response_content_type": fields.choice(JSON),
    "form": _form,
    "headers": fields.mapping,
    "hmac_secret": fields.text(),
    "triggers": _triggers,
}
CREATE_CHECKS: dict[str, fields.Check] = {
    "name": fields.text(least=1),
    "type": fields.choice("http"),
    "description": fields.text(),
    "http": fields.mapping,
    "business_hours_id": fields.integer,
}
UPDATE_CHECKS: dict[str, fields.Check] = {**CREATE_CHECKS, "deactivated_datetime": fields.moment}


def add(account: GorgiasAccount, given: Json) -> Json:
    now = account.stamp()
    row: Json = {
        "id": given.get("id") or account.integrations.new_id(),
        "name": "",
        "type": "http",
        "description": None,
        "http": None,
        "meta": None,
        "business_hours_id": None,
        "created_datetime": now,
        "updated_datetime": now,
        "deactivated_datetime": None,
        "managed": False,
        "failures": 0,
        **{name: value for name, value in given.items() if value is not None},
    }
    if row["http"]:
        row["http"] = _http(row["http"])
    return account.integrations.place(row)


@routes.on("GET", "/api/integrations", params=(*PAGING, "type"))
def list_integrations(call: Call) -> Reply:
    kind = call.params.get("type")
    return page(
        call,
        call.account.integrations,
        shapes.integration,
        keep=lambda row: kind is None or row["type"] == kind,
    )


@routes.on("GET", "/api/integrations/<int:number>")
def get_integration(call: Call, number: int) -> Reply:
    return json_reply(200, shapes.integration(call.account.integrations.get(number)))


@routes.on("POST", "/api/integrations")
def create_integration(call: Call) -> Reply:
    what = "Failed to create integration"
    given = fields.clean(call.body(), CREATE_CHECKS, what, needs=("name", "type", "http"))
    needs = ("url", "method", "request_content_type", "response_content_type")
    given["http"] = fields.clean(given["http"], HTTP_CHECKS, what, needs=needs)
    return json_reply(201, shapes.integration(add(call.account, given)))


@routes.on("PUT", "/api/integrations/<int:number>")
def update_integration(call: Call, number: int) -> Reply:
    """A partial update; the name is always needed, and null reactivates a switched-off integration."""
    what = "Failed to update integration"
    row = call.account.integrations.get(number)
    given = fields.clean(call.body(), UPDATE_CHECKS, what, needs=("name",))
    if given.get("http"):
        http = fields.clean(given["http"], HTTP_CHECKS, what, needs=("url",))
        given["http"] = {**_http(row["http"] or {}), **http}
    if "deactivated_datetime" in given and given["deactivated_datetime"] is None:
        row["failures"] = 0
    row.update(given, updated_datetime=call.account.stamp())
    return json_reply(202, shapes.integration(call.account.integrations.place(row)))


@routes.on("DELETE", "/api/integrations/<int:number>")
def delete_integration(call: Call, number: int) -> Reply:
    row = call.account.integrations.get(number)
    used = [rule["name"] for rule in call.account.rules if f"integration_id: {number}" in rule["code"]]
    if used:
        raise Refused(409, f"The integration {row['name']!r} is used by the rule {used[0]!r}.")
    call.account.integrations.remove(number)
    return Reply(204)


def _http(given: Json) -> Json:
    return {
        "url": "",
        "method": "POST",
        "request_content_type": JSON,
        "response_content_type": JSON,
        "form": None,
        "headers": {},
        "hmac_secret": None,
        "triggers": {},
        **given,
    }

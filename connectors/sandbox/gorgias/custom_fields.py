"""Definitions of custom fields; the values live on tickets and customers.

https://developers.gorgias.com/reference/the-custom-field-object
"""

from __future__ import annotations

from connectors.sandbox.gorgias import fields, shapes
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused
from connectors.sandbox.gorgias.paging import short_page
from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
TYPES = ("Ticket", "Customer")
INPUTS = {"text": ("input", "dropdown"), "number": ("input_number",), "boolean": ("dropdown",)}
CHECKS: dict[str, fields.Check] = {
    "object_type": fields.choice(*TYPES),
    "label": fields.text(255, least=1),
    "definition": fields.mapping,
    "description": fields.text(1024),
    "external_id": fields.text(),
    "priority": fields.integer,
    "required": fields.boolean,
    "managed_type": fields.text(),
    "deactivated_datetime": fields.moment,
}
NEEDED = ("object_type", "label", "definition")


def add(account: GorgiasAccount, given: Json) -> Json:
    now = account.stamp()
    row: Json = {
        "id": given.get("id") or account.custom_fields.new_id(),
        "object_type": "Customer",
        "label": "",
        "description": None,
        "external_id": None,
        "priority": 0,
        "required": False,
        "managed_type": None,
        "definition": {"data_type": "text", "input_settings": {"input_type": "input"}},
        "created_datetime": now,
        "updated_datetime": now,
        "deactivated_datetime": None,
        **{name: value for name, value in given.items() if value is not None},
    }
    return account.custom_fields.place(row)


@routes.on(
    "GET", "/api/custom-fields", params=("object_type", "cursor", "limit", "order_by", "search", "archived")
)
def list_fields(call: Call) -> Reply:
    object_type = call.params.get("object_type")
    if object_type not in TYPES:
        raise Refused(
            400, "Invalid query parameters.", {"object_type": [f"Must be one of: {', '.join(TYPES)}."]}
        )
    archived, needle = call.flag("archived", False), call.params.get("search", "").lower()
    rows = [
        row
        for row in call.account.custom_fields
        if row["object_type"] == object_type
        and needle in row["label"].lower()
        and bool(row["deactivated_datetime"]) == archived
    ]
    rows.sort(
        key=lambda row: (row["priority"], row["id"]), reverse=call.params.get("order_by") != "priority:asc"
    )
    return short_page(call, rows, shapes.custom_field, ("priority:asc", "priority:desc"))


@routes.on("GET", "/api/custom-fields/<int:number>")
def get_field(call: Call, number: int) -> Reply:
    return json_reply(200, shapes.custom_field(call.account.custom_fields.get(number)))


@routes.on("POST", "/api/custom-fields")
def create_field(call: Call) -> Reply:
    given = fields.clean(call.body(), CHECKS, "Failed to create custom field", needs=NEEDED)
    _check_definition(given["definition"])
    return json_reply(201, shapes.custom_field(add(call.account, given)))


@routes.on("PUT", "/api/custom-fields/<int:number>")
def update_field(call: Call, number: int) -> Reply:
    """Change a definition; type, label and definition are needed even when they stay."""
    row = call.account.custom_fields.get(number)
    given = fields.clean(call.body(), CHECKS, "Failed to update custom field", needs=NEEDED)
    _check_definition(given["definition"])
    row.update(given, updated_datetime=call.account.stamp())
    return json_reply(200, shapes.custom_field(call.account.custom_fields.place(row)))


def _check_definition(definition: Json) -> None:
    what = "Invalid custom field."
    kind = definition.get("data_type")
    if kind not in INPUTS:
        raise Refused(400, what, {"definition": {"data_type": [f"Must be one of: {', '.join(INPUTS)}."]}})
    settings = definition.get("input_settings")
    if not isinstance(settings, dict) or settings.get("input_type") not in INPUTS[kind]:
        raise Refused(
            400, what, {"definition": {"input_settings": [f"{kind} takes: {', '.join(INPUTS[kind])}."]}}
        )
    if kind == "text" and settings["input_type"] == "dropdown" and not settings.get("choices"):
        raise Refused(400, what, {"definition": {"input_settings": ["A dropdown needs choices."]}})

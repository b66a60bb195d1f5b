"""Customers over the API.

https://developers.gorgias.com/reference/the-customer-object
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.gorgias import fields, people, shapes
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused, missing, not_emulated
from connectors.sandbox.gorgias.paging import PAGING, page
from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
EQUAL = ("name", "language", "timezone")
FILTERS = ("email", "external_id", "view_id", "channel_type", "channel_address", *EQUAL)
CHECKS: dict[str, fields.Check] = {
    "email": fields.text(320),
    "name": fields.text(),
    "firstname": fields.text(),
    "lastname": fields.text(),
    "external_id": fields.text(255),
    "language": fields.text(),
    "timezone": fields.text(),
    "note": fields.text(),
    "meta": fields.mapping,
    "channels": fields.listing,
    "custom_fields": fields.listing,
}
NO_FIELD = "Invalid custom field."


@routes.on("GET", "/api/customers", params=(*PAGING, *FILTERS))
def list_customers(call: Call) -> Reply:
    params = call.params
    keep = {name: params[name] for name in EQUAL if name in params}
    return page(
        call,
        call.account.customers,
        shapes.customer_listed,
        keep=lambda row: all(row[name] == value for name, value in keep.items()),
        orders=("created_datetime", "updated_datetime"),
        only=_narrowed(call),
    )


@routes.on("POST", "/api/customers")
def create_customer(call: Call) -> Reply:
    given = fields.clean(call.body(), CHECKS, "Failed to create customer")
    return json_reply(201, shapes.customer(call.account, people.create(call.account, given)))


@routes.on("GET", "/api/customers/<int:number>", params=("relationships",))
def get_customer(call: Call, number: int) -> Reply:
    wants_fields = "custom_fields" in call.params.getlist("relationships")
    return json_reply(200, shapes.customer(call.account, people.get(call.account, number), wants_fields))


@routes.on("PUT", "/api/customers/<int:number>")
def update_customer(call: Call, number: int) -> Reply:
    row = people.get(call.account, number)
    given = fields.clean(call.body(), CHECKS, "Failed to update customer")
    return json_reply(202, shapes.customer(call.account, people.change(call.account, row, given)))


@routes.on("DELETE", "/api/customers/<int:number>")
def delete_customer(call: Call, number: int) -> Reply:
    row = people.get(call.account, number)
    if call.account.tickets_by_customer.get(number):
        raise Refused(409, "A customer with tickets cannot be deleted.")
    people.remove(call.account, row)
    return Reply(204)


@routes.on("PUT", "/api/customers/merge", params=("source_id", "target_id"))
def merge_customers(call: Call) -> Reply:
    source = people.get(call.account, call.number("source_id", 0))
    target = people.get(call.account, call.number("target_id", 0))
    if source is target:
        raise Refused(400, "A customer cannot be merged with itself.")
    return json_reply(200, shapes.customer(call.account, people.merge(call.account, source, target)))


@routes.on("PUT", "/api/customers/<int:number>/data")
def replace_data(call: Call, number: int) -> Reply:
    """Replace the whole blob; an older version than the last one is silently ignored."""
    row = people.get(call.account, number)
    given = fields.clean(
        call.body(),
        {"data": fields.anything, "version": fields.moment},
        "Failed to update data",
        needs=("data",),
    )
    version = fields.stamp_of(given["version"]) if given.get("version") else call.account.stamp()
    if version >= row["data_version"]:
        row.update(data=given["data"], data_version=version)
        people.change(call.account, row, {})
    return Reply(202)


@routes.on("GET", "/api/customers/<int:number>/custom-fields")
def list_fields(call: Call, number: int) -> Reply:
    return json_reply(200, {"data": shapes.field_list(call.account, people.get(call.account, number))})


@routes.on("PUT", "/api/customers/<int:number>/custom-fields")
def update_fields(call: Call, number: int) -> Reply:
    row = people.get(call.account, number)
    values: Any = call.body()
    if not isinstance(values, list) or not values:
        raise Refused(400, NO_FIELD, {"_schema": ["A list of {id, value} is needed."]})
    return _fields_set(call, row, values)


@routes.on("PUT", "/api/customers/<int:number>/custom-fields/<int:field>")
def update_field(call: Call, number: int, field: int) -> Reply:
    row = people.get(call.account, number)
    given = fields.clean(
        call.body(), {"id": fields.integer, "value": fields.anything}, NO_FIELD, needs=("value",)
    )
    return _fields_set(call, row, [{**given, "id": field}])


@routes.on("DELETE", "/api/customers/<int:number>/custom-fields/<int:field>")
def clear_field(call: Call, number: int, field: int) -> Reply:
    row = people.get(call.account, number)
    if field not in row["custom_fields"]:
        raise missing()
    _fields_set(call, row, [{"id": field, "value": None}])
    return Reply(204)


def _fields_set(call: Call, row: Json, values: list[Any]) -> Reply:
    people.set_fields(call.account, row, "Customer", values)
    people.change(call.account, row, {})
    return json_reply(200, shapes.field_list(call.account, row))


def _narrowed(call: Call) -> set[int] | None:
    account, params = call.account, call.params
    parts: list[set[int]] = []
    if "email" in params:
        parts.append(_with_primary(account, params["email"]))
    if "channel_address" in params:
        if "channel_type" not in params:
            raise Refused(
                400, "Invalid query parameters.", {"channel_type": ["Missing data for required field."]}
            )
        parts.append(people.find(account, params["channel_type"], params["channel_address"]))
    elif "channel_type" in params:
        kind = params["channel_type"]
        parts.append(
            {row["id"] for row in account.customers if any(one["type"] == kind for one in row["channels"])}
        )
    if "external_id" in params:
        parts.append(set(account.customers_by_external.get(params["external_id"], ())))
    if "view_id" in params:
        raise not_emulated("filtering customers by view")
    return set.intersection(*parts) if parts else None


def _with_primary(account: GorgiasAccount, email: str) -> set[int]:
    """Customers whose primary e-mail this is; further addresses are only found as channels."""
    rows = [account.customers.rows[number] for number in people.find(account, "email", email)]
    return {row["id"] for row in rows if (row["email"] or "").lower() == email.strip().lower()}

"""Saved and ad-hoc views: tickets by a filter expression.

https://developers.gorgias.com/reference/the-view-object
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.gorgias import fields, shapes
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused, invalid, not_emulated
from connectors.sandbox.gorgias.paging import PAGING, page
from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
Condition = Callable[[Json], bool]
_CALL = re.compile(r"\s*(\w+)\(\s*ticket\.([\w.]+)\s*,\s*('[^']*'|-?\d+|true|false|null|\[[^\]]*\])\s*\)\s*")
_ITEM = re.compile(r"'([^']*)'")
ORDERS = ("created_datetime", "updated_datetime")
ITEM_PARAMS = ("cursor", "direction", "ignored_item", "limit", "order_by")
CHECKS: dict[str, fields.Check] = {
    "name": fields.text(),
    "slug": fields.text(),
    "type": fields.choice("ticket-list"),
    "category": fields.text(),
    "visibility": fields.choice("public", "shared", "private"),
    "fields": fields.listing,
    "filters": fields.text(),
    "order_by": fields.choice(*ORDERS),
    "order_dir": fields.choice("asc", "desc"),
    "search": fields.text(),
    "shared_with_teams": fields.listing,
    "shared_with_users": fields.listing,
    "section_id": fields.integer,
    "decoration": fields.mapping,
}


def condition(account: GorgiasAccount, number: int) -> Condition:
    return _parsed(account, account.views.get(number)["filters"])


@routes.on("GET", "/api/views", params=PAGING)
def list_views(call: Call) -> Reply:
    return page(call, call.account.views, shapes.view)


@routes.on("POST", "/api/views")
def create_view(call: Call) -> Reply:
    given = fields.clean(call.body(), CHECKS, "Failed to create view", needs=("type",))
    _parsed(call.account, given.get("filters") or "")
    return json_reply(201, shapes.view(add(call.account, given)))


@routes.on("GET", "/api/views/<int:number>")
def get_view(call: Call, number: int) -> Reply:
    return json_reply(200, shapes.view(call.account.views.get(number)))


@routes.on("PUT", "/api/views/<int:number>")
def update_view(call: Call, number: int) -> Reply:
    row = call.account.views.get(number)
    given = fields.clean(call.body(), CHECKS, "Failed to update view")
    _parsed(call.account, given.get("filters") or "")
    row.update(given)
    return json_reply(202, shapes.view(row))


@routes.on("DELETE", "/api/views/<int:number>")
def delete_view(call: Call, number: int) -> Reply:
    call.account.views.get(number)
    call.account.views.remove(number)
    return Reply(204)


@routes.on("GET", "/api/views/<int:number>/items", params=ITEM_PARAMS)
def list_items(call: Call, number: int) -> Reply:
    return _items(call, call.account.views.get(number))


@routes.on("PUT", "/api/views/<int:number>/items", params=ITEM_PARAMS)
def search_items(call: Call, number: int) -> Reply:
    """Items of a view given in the body; view 0 is no saved view at all."""
    given = fields.clean(call.body(), {"view": fields.mapping}, "Invalid view.", needs=("view",))
    view = fields.clean(given["view"], CHECKS, "Invalid view.")
    saved = call.account.views.get(number) if number else {}
    return _items(call, {**saved, **view})


def add(account: GorgiasAccount, given: Json) -> Json:
    row: Json = {
        "id": given.get("id") or account.views.new_id(),
        "name": "",
        "slug": "",
        "type": "ticket-list",
        "category": "user",
        "visibility": "public",
        "fields": [],
        "filters": "",
        "order_by": "updated_datetime",
        "order_dir": "desc",
        "search": None,
        "shared_with_teams": [],
        "shared_with_users": [],
        "section_id": None,
        "decoration": None,
        "created_datetime": account.stamp(),
        "deactivated_datetime": None,
        **{name: value for name, value in given.items() if value is not None},
    }
    return account.views.place(row)


def _items(call: Call, view: Json) -> Reply:
    account = call.account
    if view.get("search"):
        raise not_emulated("searching in views")
    keep = _parsed(account, view.get("filters") or "")
    field = view.get("order_by") or "updated_datetime"
    order = f"{field}:{view.get('order_dir') or 'desc'}"
    return page(
        call,
        account.tickets,
        lambda row: shapes.ticket_listed(account, row),
        keep=lambda row: not row["trashed_datetime"] and keep(row),
        orders=ORDERS,
        default=order,
        since=_since(view.get("filters") or "", field) if "order_by" not in call.params else "",
        next_items=True,
    )


def _since(filters: str, field: str) -> str:
    """The oldest stamp of interest, so that a page need not start at the beginning of time."""
    found = [match for part in filters.split("&&") if (match := _CALL.fullmatch(part))]
    bounds = [_value(match[3], field) for match in found if match[1] == "gte" and match[2] == field]
    return max(bounds, default="")


def _parsed(account: GorgiasAccount, filters: str) -> Condition:
    """The condition behind ``gte(ticket.updated_datetime, '…') && eq(ticket.status, 'open')``."""
    if not filters.strip():
        return lambda _: True
    conditions = [_one(account, part) for part in filters.split("&&")]
    return lambda row: all(holds(row) for holds in conditions)


def _one(account: GorgiasAccount, part: str) -> Condition:
    found = _CALL.fullmatch(part)
    if found is None:
        raise invalid("Invalid view.", filters=[f"Cannot be read: {part.strip()!r}."])
    function, path, literal = found.groups()
    if function not in ("eq", "gte", "containsAny"):
        raise invalid("Invalid view.", filters=[f"Unknown function {function!r}."])
    wanted = _value(literal, path)
    read = _reader(account, path)
    if function == "eq":
        return lambda row: bool(read(row) == wanted)
    if function == "gte":
        return lambda row: read(row) is not None and bool(read(row) >= wanted)
    return lambda row: any(one in wanted for one in read(row) or [])


def _value(literal: str, path: str) -> Any:
    if literal.startswith("["):
        return _ITEM.findall(literal)
    if literal.startswith("'"):
        text = literal[1:-1]
        if not path.endswith("_datetime"):
            return text
        try:
            return fields.stamp(instant(text))
        except ValueError:
            raise invalid("Invalid view.", filters=[f"Not a valid datetime: {text!r}."]) from None
    return {"true": True, "false": False, "null": None}.get(literal) if literal.isalpha() else int(literal)


def _reader(account: GorgiasAccount, path: str) -> Callable[[Json], Any]:
    plain = (
        "status",
        "priority",
        "channel",
        "via",
        "spam",
        "subject",
        "language",
        "external_id",
        "from_agent",
    )
    if path in plain or path.endswith("_datetime"):
        return lambda row: row.get(path)
    linked = {
        "customer.id": "customer",
        "assignee_user.id": "assignee_user",
        "assignee_team.id": "assignee_team",
    }
    if path in linked:
        return lambda row: row[linked[path]]
    if path == "tags.name":
        return lambda row: [account.tags.rows[number]["name"] for number in row["tags"]]
    raise Refused(400, "Invalid view.", {"filters": [f"Unknown field 'ticket.{path}'."]})

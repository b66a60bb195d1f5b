"""Tags, and which of them a ticket carries.

https://developers.gorgias.com/reference/the-tag-object
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.sandbox.gorgias import conversation, fields, shapes
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused, invalid
from connectors.sandbox.gorgias.paging import PAGING, short_page
from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
CHECKS: dict[str, fields.Check] = {
    "name": fields.text(256, least=1),
    "description": fields.text(1024),
    "decoration": fields.mapping,
}
SORTS = {
    "created_datetime": lambda tag: (tag["created_datetime"], tag["id"]),
    "name": lambda tag: (tag["name"], tag["id"]),
    "usage": lambda tag: (tag["usage"], tag["name"]),
}
ORDERS = (
    *(f"{name}:{way}" for name in ("created_datetime", "name") for way in ("asc", "desc")),
    "usage:asc,name:asc",
    "usage:desc,name:desc",
)


def create(account: GorgiasAccount, given: Json) -> Json:
    if given["name"] in account.tag_by_name:
        raise Refused(409, f"The tag {given['name']!r} already exists.")
    row = {
        "id": given.get("id") or account.tags.new_id(),
        "name": given["name"],
        "description": given.get("description"),
        "decoration": given.get("decoration"),
        "usage": 0,
        "created_datetime": account.stamp(),
        "deleted_datetime": None,
    }
    account.tag_by_name[row["name"]] = row["id"]
    return account.tags.place(row)


def ensured(account: GorgiasAccount, names: Iterable[Any]) -> list[int]:
    """The ids of tags by name or {name}, creating what is missing, as people in the helpdesk do."""
    wanted = [one["name"] if isinstance(one, dict) else str(one) for one in names]
    return [account.tag_by_name.get(name) or create(account, {"name": name})["id"] for name in wanted]


def resolved(account: GorgiasAccount, body: Any) -> list[int]:
    """The ids that {ids, names} means. An unknown name is refused: tags are created first."""
    given = fields.clean(body, {"ids": fields.listing, "names": fields.listing}, "Invalid tags.")
    unknown = [number for number in given.get("ids") or [] if number not in account.tags.rows]
    unknown += [name for name in given.get("names") or [] if name not in account.tag_by_name]
    if unknown:
        raise invalid("Invalid tags.", tags=[f"{one!r} does not exist." for one in unknown])
    return [*(given.get("ids") or []), *(account.tag_by_name[name] for name in given.get("names") or [])]


@routes.on("GET", "/api/tags", params=(*PAGING, "search"))
def list_tags(call: Call) -> Reply:
    asked = call.params.get("order_by", "created_datetime:desc")
    needle = call.params.get("search", "").lower()
    rows = [tag for tag in call.account.tags if needle in tag["name"].lower()]
    rows.sort(key=SORTS.get(asked.partition(":")[0], SORTS["name"]), reverse=asked.endswith("desc"))
    return short_page(call, rows, shapes.tag, ORDERS)


@routes.on("GET", "/api/tags/<int:number>")
def get_tag(call: Call, number: int) -> Reply:
    return json_reply(200, shapes.tag(call.account.tags.get(number)))


@routes.on("POST", "/api/tags")
def create_tag(call: Call) -> Reply:
    given = fields.clean(call.body(), CHECKS, "Failed to create tag", needs=("name",))
    return json_reply(201, shapes.tag(create(call.account, given)))


@routes.on("PUT", "/api/tags/<int:number>")
def update_tag(call: Call, number: int) -> Reply:
    row = call.account.tags.get(number)
    given = fields.clean(call.body(), CHECKS, "Failed to update tag", solid=("name",))
    if given.get("name", row["name"]) != row["name"]:
        if given["name"] in call.account.tag_by_name:
            raise Refused(409, f"The tag {given['name']!r} already exists.")
        del call.account.tag_by_name[row["name"]]
        call.account.tag_by_name[given["name"]] = number
    row.update(given)
    return json_reply(202, shapes.tag(row))


@routes.on("DELETE", "/api/tags/<int:number>")
def delete_tag(call: Call, number: int) -> Reply:
    row = call.account.tags.get(number)
    for ticket in call.account.tickets:
        if number in ticket["tags"]:
            conversation.retag(call.account, ticket, [one for one in ticket["tags"] if one != number])
    del call.account.tag_by_name[row["name"]]
    call.account.tags.remove(number)
    return Reply(204)


@routes.on("GET", "/api/tickets/<int:ticket>/tags")
def list_of_ticket(call: Call, ticket: int) -> Reply:
    row = call.account.tickets.get(ticket)
    return json_reply(200, {"data": [shapes.tag(call.account.tags.rows[number]) for number in row["tags"]]})


@routes.on("POST", "/api/tickets/<int:ticket>/tags")
def add_to_ticket(call: Call, ticket: int) -> Reply:
    row = call.account.tickets.get(ticket)
    conversation.retag(call.account, row, row["tags"] + _some(resolved(call.account, call.body())))
    return Reply(201)


@routes.on("PUT", "/api/tickets/<int:ticket>/tags")
def replace_on_ticket(call: Call, ticket: int) -> Reply:
    conversation.retag(call.account, call.account.tickets.get(ticket), resolved(call.account, call.body()))
    return Reply(202)


@routes.on("DELETE", "/api/tickets/<int:ticket>/tags")
def remove_from_ticket(call: Call, ticket: int) -> Reply:
    row = call.account.tickets.get(ticket)
    gone = _some(resolved(call.account, call.body()))
    conversation.retag(call.account, row, [number for number in row["tags"] if number not in gone])
    return Reply(204)


def _some(numbers: list[int]) -> list[int]:
    if not numbers:
        raise invalid("Invalid tags.", tags=["At least one of ids or names is needed."])
    return numbers

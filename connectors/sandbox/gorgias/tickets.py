"""Tickets over the API.

https://developers.gorgias.com/reference/the-ticket-object
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.gorgias import conversation, fields, messages, people, shapes, tags, triggers, views
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused, not_emulated
from connectors.sandbox.gorgias.paging import PAGING, page
from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
MOST_IDS = 100
MOST_MESSAGES = 500
ORDERS = ("created_datetime", "updated_datetime")
CHECKS: dict[str, fields.Check] = {
    "status": fields.choice("open", "closed"),
    "priority": fields.choice(*fields.PRIORITIES),
    "channel": fields.channel,
    "via": fields.via,
    "subject": fields.text(998),
    "external_id": fields.text(255),
    "language": fields.text(),
    "spam": fields.boolean,
    "from_agent": fields.boolean,
    "is_unread": fields.boolean,
    "customer": fields.mapping,
    "assignee_user": fields.mapping,
    "assignee_team": fields.mapping,
    "tags": fields.listing,
    "custom_fields": fields.listing,
    "meta": fields.mapping,
    "opened_datetime": fields.moment,
    "closed_datetime": fields.moment,
    "trashed_datetime": fields.moment,
    "snooze_datetime": fields.moment,
}
CREATE_CHECKS: dict[str, fields.Check] = {
    **CHECKS,
    "messages": fields.listing,
    "created_datetime": fields.moment,
    "updated_datetime": fields.moment,
}
SOLID = ("status", "priority", "channel", "via", "spam")


def create(
    account: GorgiasAccount, given: Json, notes: list[Json], tag_ids: list[int], quietly: bool = False
) -> Json:
    """A ticket with its messages and tags; unless ``quietly``, everybody hears of it once."""
    if notes and not given.get("customer") and not notes[0].get("from_agent"):
        given = {**given, "customer": notes[0].get("sender")}
    ticket = conversation.open_ticket(account, given, quietly)
    for note in notes:
        note["created_datetime"] = note.get("created_datetime") or ticket["created_datetime"]
    rows = [messages.add(account, ticket, note, quietly=True) for note in notes]
    ticket["tags"] = list(dict.fromkeys(tag_ids))
    for number in ticket["tags"]:
        account.tags.rows[number]["usage"] += 1
    if not quietly:
        triggers.fire(account, "ticket-created", ticket, rows[0] if rows else None)
        for row in rows:
            triggers.fire(account, "ticket-message-created", ticket, row)
    return ticket


@routes.on(
    "GET",
    "/api/tickets",
    params=(*PAGING, "customer_id", "external_id", "view_id", "rule_id", "ticket_ids", "trashed"),
)
def list_tickets(call: Call) -> Reply:
    account = call.account
    shows_trashed = call.flag("trashed", True)
    keep = views.condition(account, call.number("view_id", 0)) if "view_id" in call.params else None
    return page(
        call,
        account.tickets,
        lambda row: shapes.ticket_listed(account, row),
        keep=lambda row: (shows_trashed or not row["trashed_datetime"]) and (keep is None or keep(row)),
        orders=ORDERS,
        only=_narrowed(call),
    )


@routes.on("POST", "/api/tickets")
def create_ticket(call: Call) -> Reply:
    what = "Failed to create ticket"
    given = fields.clean(call.body(), CREATE_CHECKS, what, needs=("via", "messages"), solid=SOLID)
    notes = given["messages"]
    if not 1 <= len(notes) <= MOST_MESSAGES:
        raise Refused(400, what, {"messages": [f"Length must be between 1 and {MOST_MESSAGES}."]})
    cleaned = [fields.clean(note, messages.API_CHECKS, what, needs=messages.NEEDED) for note in notes]
    given.setdefault("channel", cleaned[0]["channel"])
    given.setdefault("from_agent", cleaned[0]["from_agent"])
    ticket = create(call.account, given, cleaned, _tag_ids(call.account, given, what))
    return json_reply(201, shapes.ticket(call.account, ticket))


@routes.on("GET", "/api/tickets/<int:number>", params=("relationships",))
def get_ticket(call: Call, number: int) -> Reply:
    return json_reply(200, shapes.ticket(call.account, call.account.tickets.get(number)))


@routes.on("PUT", "/api/tickets/<int:number>")
def update_ticket(call: Call, number: int) -> Reply:
    ticket = call.account.tickets.get(number)
    what = "Failed to update ticket"
    given = fields.clean(call.body(), CHECKS, what, solid=SOLID)
    tag_ids = _tag_ids(call.account, given, what) if "tags" in given else None
    conversation.change(call.account, ticket, given)
    if tag_ids is not None:
        conversation.retag(call.account, ticket, tag_ids)
    return json_reply(202, shapes.ticket(call.account, ticket))


@routes.on("DELETE", "/api/tickets/<int:number>")
def delete_ticket(call: Call, number: int) -> Reply:
    conversation.delete(call.account, call.account.tickets.get(number))
    return Reply(204)


@routes.on("GET", "/api/tickets/<int:number>/custom-fields")
def list_fields(call: Call, number: int) -> Reply:
    ticket = call.account.tickets.get(number)
    return json_reply(200, {"data": shapes.field_list(call.account, ticket)})


@routes.on("PUT", "/api/tickets/<int:number>/custom-fields")
def update_fields(call: Call, number: int) -> Reply:
    ticket = call.account.tickets.get(number)
    values: Any = call.body()
    if not isinstance(values, list):
        raise Refused(400, "Invalid custom field.", {"_schema": ["Invalid input type."]})
    people.set_fields(call.account, ticket, "Ticket", values)
    conversation.touch(call.account, ticket)
    return json_reply(202, shapes.field_list(call.account, ticket))


def _narrowed(call: Call) -> set[int] | None:
    """The tickets that the filters leave over; None for all."""
    account, params = call.account, call.params
    parts: list[set[int]] = []
    if "customer_id" in params:
        parts.append(account.tickets_by_customer.get(call.number("customer_id", 0), set()))
    if "external_id" in params:
        parts.append(account.tickets_by_external.get(params["external_id"], set()))
    if "rule_id" in params:
        raise not_emulated("filtering tickets by rule")
    if "ticket_ids" in params:
        parts.append(_ids(params.getlist("ticket_ids")))
    return set.intersection(*parts) if parts else None


def _ids(texts: list[str]) -> set[int]:
    if len(texts) > MOST_IDS:
        raise Refused(
            400, "Invalid query parameters.", {"ticket_ids": [f"Longer than maximum length {MOST_IDS}."]}
        )
    if not all(text.isdigit() for text in texts):
        raise Refused(400, "Invalid query parameters.", {"ticket_ids": ["Not a valid integer."]})
    return {int(text) for text in texts}


def _tag_ids(account: GorgiasAccount, given: Json, what: str) -> list[int]:
    tags_given = given.get("tags") or []
    if not all(isinstance(tag, dict) and ("name" in tag or "id" in tag) for tag in tags_given):
        raise Refused(400, what, {"tags": ["Each tag needs a name."]})
    names = [tag["name"] for tag in tags_given if "name" in tag]
    return tags.resolved(
        account, {"names": names, "ids": [tag["id"] for tag in tags_given if "name" not in tag]}
    )

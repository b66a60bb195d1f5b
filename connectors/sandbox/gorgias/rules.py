"""The helpdesk's own rules: stored and listed, never executed here.

https://developers.gorgias.com/reference/the-rule-object
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.gorgias import fields, shapes
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused
from connectors.sandbox.gorgias.paging import PAGING, page
from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.gorgias.rule_code import parse
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
EVENT_TYPES = frozenset(
    [
        "ticket-created",
        "ticket-updated",
        "ticket-message-created",
        "ticket-assigned",
        "ticket-self-unsnoozed",
        "satisfaction-survey-responded",
    ]
)


def _event_types(value: Any) -> str | None:
    if not isinstance(value, str):
        return "Not a valid string."
    unknown = [one for one in value.replace(" ", "").split(",") if one and one not in EVENT_TYPES]
    return f"Unknown event types: {', '.join(unknown)}." if unknown else None


CHECKS: dict[str, fields.Check] = {
    "name": fields.text(255, least=1),
    "description": fields.text(),
    "code": fields.text(least=1),
    "code_ast": fields.mapping,
    "event_types": _event_types,
    "priority": fields.integer,
    "deactivated_datetime": fields.moment,
}


def add(account: GorgiasAccount, given: Json) -> Json:
    now = account.stamp()
    row: Json = {
        "id": given.get("id") or account.rules.new_id(),
        "name": "",
        "description": None,
        "code": "",
        "event_types": "ticket-created",
        "priority": 0,
        "deactivated_datetime": None,
        "created_datetime": now,
        "updated_datetime": now,
        **{name: value for name, value in given.items() if value is not None},
    }
    row["code_ast"] = given.get("code_ast") or _ast(row["code"])
    return account.rules.place(row)


@routes.on("GET", "/api/rules", params=PAGING)
def list_rules(call: Call) -> Reply:
    return page(call, call.account.rules, shapes.rule, default_limit=100)


@routes.on("GET", "/api/rules/<int:number>")
def get_rule(call: Call, number: int) -> Reply:
    return json_reply(200, shapes.rule(call.account.rules.get(number)))


@routes.on("POST", "/api/rules")
def create_rule(call: Call) -> Reply:
    given = fields.clean(call.body(), CHECKS, "Failed to create rule", needs=("name", "code"))
    return json_reply(201, shapes.rule(add(call.account, given)))


@routes.on("PUT", "/api/rules/<int:number>")
def update_rule(call: Call, number: int) -> Reply:
    row = call.account.rules.get(number)
    given = fields.clean(call.body(), CHECKS, "Failed to update rule", solid=("name", "code"))
    if "code" in given and "code_ast" not in given:
        given["code_ast"] = _ast(given["code"])
    row.update(given, updated_datetime=call.account.stamp())
    return json_reply(202, shapes.rule(call.account.rules.place(row)))


@routes.on("DELETE", "/api/rules/<int:number>")
def delete_rule(call: Call, number: int) -> Reply:
    call.account.rules.get(number)
    call.account.rules.remove(number)
    return Reply(204)


@routes.on("POST", "/api/rules/priorities")
def set_priorities(call: Call) -> Reply:
    given = fields.clean(
        call.body(), {"priorities": fields.listing}, "Invalid priorities.", needs=("priorities",)
    )
    for one in given["priorities"]:
        call.account.rules.get(one["id"])["priority"] = one["priority"]
    return Reply(202)


def _ast(code: str) -> Json:
    try:
        return parse(code)
    except ValueError as error:
        raise Refused(400, "Failed to read rule", {"code": [str(error)]}) from None

"""Flows over the API: at this revision only status and single actions can be changed.

https://developers.klaviyo.com/en/reference/flows_api_overview
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.klaviyo import audience, flow_rows, tag_rows, templates
from connectors.sandbox.klaviyo.documents import identifiers, many, one, page, related, sorted_rows
from connectors.sandbox.klaviyo.errors import invalid, missing
from connectors.sandbox.klaviyo.filters import COMPARES, Allowed, Condition, boolean, moment, text
from connectors.sandbox.klaviyo.flow_shape import CREATE, check_definition
from connectors.sandbox.klaviyo.limits import XS, S, Tier
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()
STATUSES = {"draft", "manual", "live"}
NAMES = text("contains", "ends-with", "equals", "starts-with")
DATES: dict[str, Allowed] = {"created": moment("equals", *COMPARES), "updated": moment("equals", *COMPARES)}
LIST = Query(
    filters={
        "id": text("any"),
        "name": NAMES,
        "status": text("equals"),
        "archived": boolean("equals"),
        "trigger_type": text("equals"),
        **DATES,
    },
    sorts=("created", "id", "name", "status", "trigger_type", "updated"),
    include=("flow-actions", "tags"),
    size=(50, 50),
)
ONE = Query(include=("flow-actions", "tags"), extras={"flow": ("definition",)})
ACTIONS = Query(
    filters={"id": text("any"), "action_type": text("any", "equals"), "status": text("equals"), **DATES},
    sorts=("action_type", "created", "id", "status", "updated"),
    size=(50, 50),
)
MESSAGES = Query(
    filters={"id": text("any"), "name": NAMES, **DATES},
    sorts=("created", "id", "name", "updated"),
    size=(50, 50),
)
UPDATE: Json = {"type": {"flow"}, "id": str, "attributes": {"status": STATUSES}}
UPDATE_ACTION: Json = {"type": {"flow-action"}, "id": str, "attributes": {"definition": dict}}


@routes.on("GET", "/api/flows", S, "flows:read", LIST)
def list_flows(call: Call) -> Reply:
    rows = {
        row["id"]: {**row, "trigger_type": flow_rows.trigger_type(row)} for row in call.account.flows.values()
    }
    keys, descending = sorted_rows(rows.values(), call.asked.sort, "id")
    return page(
        call,
        keys,
        rows,
        lambda row: _shown(call, row),
        lambda row: _fits(call.asked.conditions, row),
        descending,
        include=lambda found: _included(call, found),
    )


@routes.on(
    "POST",
    "/api/flows",
    Tier(XS.burst, XS.steady, 100),
    "flows:write",
    Query(extras={"flow": ("definition",)}),
)
def create_flow(call: Call) -> Reply:
    given = call.body(CREATE)["attributes"]
    check_definition(call.account, given["definition"], "/data/attributes/definition")
    return one(call, flow_rows.shown(call, flow_rows.add(call.account, given)), 201)


@routes.on("GET", "/api/flows/<number>", S, "flows:read", ONE)
def get_flow(call: Call, number: str) -> Reply:
    row = _flow(call, number)
    return one(call, _shown(call, row), included=_included(call, [row]) if call.asked.include else None)


@routes.on("PATCH", "/api/flows/<number>", S, "flows:write")
def update_flow(call: Call, number: str) -> Reply:
    """The status, which all actions take over."""
    row = _flow(call, number)
    status = call.body(UPDATE)["attributes"]["status"]
    flow_rows.set_status(call.account, row, status)
    return one(call, flow_rows.shown(call, row))


@routes.on("DELETE", "/api/flows/<number>", S, "flows:write")
def delete_flow(call: Call, number: str) -> Reply:
    _flow(call, number)
    del call.account.flows[number]
    return Reply(204)


@routes.on("GET", "/api/flows/<number>/flow-actions", S, "flows:read", ACTIONS)
def actions_of_flow(call: Call, number: str) -> Reply:
    return _actions(call, number, lambda row: flow_rows.action_shown(call, row["flow"], row["action"]))


@routes.on("GET", "/api/flows/<number>/relationships/flow-actions", S, "flows:read", ACTIONS)
def action_ids_of_flow(call: Call, number: str) -> Reply:
    return _actions(call, number, lambda row: identifiers("flow-action", [row["id"]])[0])


@routes.on("GET", "/api/flows/<number>/tags", S, "flows:read tags:read")
def tags_of_flow(call: Call, number: str) -> Reply:
    _flow(call, number)
    return many(call, tag_rows.shown_on(call, "flows", number))


@routes.on("GET", "/api/flow-actions/<number>", S, "flows:read", Query(include=("flow", "flow-messages")))
def get_action(call: Call, number: str) -> Reply:
    flow, action = _action(call, number)
    included: list[Json] | None = [] if call.asked.include else None
    if included is not None and "flow" in call.asked.include:
        included.append(flow_rows.shown(call, flow))
    if included is not None and "flow-messages" in call.asked.include:
        included += [
            flow_rows.message_shown(call, flow, action, found) for found in flow_rows.messages_of(action)
        ]
    return one(call, flow_rows.action_shown(call, flow, action), included=included)


@routes.on("PATCH", "/api/flow-actions/<number>", S, "flows:write")
def update_action(call: Call, number: str) -> Reply:
    """Replace the whole definition of one action."""
    flow, action = _action(call, number)
    definition = call.body(UPDATE_ACTION)["attributes"]["definition"]
    if definition.get("id") != number or definition.get("type") != action["type"]:
        raise invalid("The definition must keep the action's id and type.", "/data/attributes/definition")
    for message in flow_rows.messages_of(definition):
        if (filters := message.get("additional_filters")) is not None:
            audience.check(filters, "/data/attributes/definition/data/message/additional_filters")
    flow_rows.replace_action(call.account, flow, action, definition)
    return one(call, flow_rows.action_shown(call, flow, action))


@routes.on("GET", "/api/flow-actions/<number>/flow", S, "flows:read")
def flow_of_action(call: Call, number: str) -> Reply:
    flow, _ = _action(call, number)
    return one(call, flow_rows.shown(call, flow))


@routes.on("GET", "/api/flow-actions/<number>/flow-messages", S, "flows:read", MESSAGES)
def messages_of_action(call: Call, number: str) -> Reply:
    flow, action = _action(call, number)
    rows = {
        found["id"]: {"id": found["id"], "name": found.get("name"), "message": found, **_dates(flow)}
        for found in flow_rows.messages_of(action)
    }
    keys, descending = sorted_rows(rows.values(), call.asked.sort, "id")
    return page(
        call,
        keys,
        rows,
        lambda row: flow_rows.message_shown(call, flow, action, row["message"]),
        lambda row: _fits(call.asked.conditions, row),
        descending,
    )


@routes.on("GET", "/api/flow-messages/<number>", S, "flows:read", Query(include=("flow-action", "template")))
def get_message(call: Call, number: str) -> Reply:
    flow, action, message = _message(call, number)
    included: list[Json] | None = [] if call.asked.include else None
    if included is not None and "flow-action" in call.asked.include:
        included.append(flow_rows.action_shown(call, flow, action))
    if included is not None and "template" in call.asked.include and message.get("template_id"):
        included.append(templates.shown(call, call.account.templates[message["template_id"]]))
    return one(call, flow_rows.message_shown(call, flow, action, message), included=included)


@routes.on("GET", "/api/flow-messages/<number>/template", S, "templates:read")
def template_of_message(call: Call, number: str) -> Reply:
    _, _, message = _message(call, number)
    template = call.account.templates.get(message.get("template_id") or "")
    if template is None:
        raise missing("template", str(message.get("template_id")))
    return one(call, templates.shown(call, template))


def _shown(call: Call, row: Json) -> Json:
    shown = flow_rows.shown(call, row)
    if "flow-actions" in call.asked.include:
        related(
            shown, "flow-actions", "flow-action", [action["id"] for action in row["definition"]["actions"]]
        )
    if "tags" in call.asked.include:
        related(shown, "tags", "tag", tag_rows.on(call.account, "flows", row["id"]))
    return shown


def _included(call: Call, rows: list[Json]) -> list[Json]:
    found: list[Json] = []
    for row in rows:
        if "flow-actions" in call.asked.include:
            found += [flow_rows.action_shown(call, row, action) for action in row["definition"]["actions"]]
        if "tags" in call.asked.include:
            found += tag_rows.shown_on(call, "flows", row["id"])
    return list({(one["type"], one["id"]): one for one in found}.values())


def _actions(call: Call, number: str, render: Any) -> Reply:
    flow = _flow(call, number)
    rows = {
        action["id"]: {
            "id": action["id"],
            "action_type": action["type"],
            "status": (action.get("data") or {}).get("status"),
            "flow": flow,
            "action": action,
            **_dates(flow),
        }
        for action in flow["definition"]["actions"]
    }
    keys, descending = sorted_rows(rows.values(), call.asked.sort, "id")
    return page(call, keys, rows, render, lambda row: _fits(call.asked.conditions, row), descending)


def _fits(conditions: tuple[Condition, ...], row: Json) -> bool:
    return all(condition.holds(row.get(condition.field)) for condition in conditions)


def _dates(flow: Json) -> Json:
    return {"created": flow["created"], "updated": flow["updated"]}


def _flow(call: Call, number: str) -> Json:
    if number not in call.account.flows:
        raise missing("flow", number)
    return call.account.flows[number]


def _action(call: Call, number: str) -> tuple[Json, Json]:
    for flow, action in flow_rows.actions(call.account):
        if action["id"] == number:
            return flow, action
    raise missing("flow-action", number)


def _message(call: Call, number: str) -> tuple[Json, Json, Json]:
    for flow, action in flow_rows.actions(call.account):
        for message in flow_rows.messages_of(action):
            if message["id"] == number:
                return flow, action, message
    raise missing("flow-message", number)

"""Flows as rows: triggers, actions and messages of their definitions."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import resource
from connectors.sandbox.klaviyo.routes import Call
from connectors.sandbox.wire import Json

TRIGGER_TYPES = {
    "list": "Added to List",
    "segment": "Added to List",
    "metric": "Metric",
    "date": "Date Based",
    "price-drop": "Price Drop",
    "low-inventory": "Low Inventory",
}
CHANNELS = {
    "send-email": "email",
    "send-sms": "sms",
    "send-mobile-push": "mobile_push",
    "send-whatsapp": "whatsapp",
}
_LINKS = ("next", "next_if_true", "next_if_false")


def add(account: KlaviyoAccount, given: Json) -> Json:
    """A flow; its actions get real ids in place of temporary ones."""
    now = account.stamp()
    row: Json = {
        "id": given.get("id") or account.short_id(),
        "name": given.get("name") or "Untitled flow",
        "status": given.get("status") or "draft",
        "archived": bool(given.get("archived")),
        "created": given.get("created") or now,
        "updated": given.get("updated") or now,
        "definition": _numbered(account, given.get("definition") or {}),
    }
    if given.get("trigger_type"):
        row["seeded_trigger_type"] = given["trigger_type"]
    account.flows[row["id"]] = row
    return row


def trigger_type(row: Json) -> str:
    triggers = row["definition"]["triggers"]
    seeded: str | None = row.get("seeded_trigger_type")
    return seeded or (TRIGGER_TYPES.get(triggers[0]["type"], "Unconfigured") if triggers else "Unconfigured")


def triggered_by(account: KlaviyoAccount, kind: str, number: str) -> list[Json]:
    """The flows that something starts."""
    return [
        row
        for row in account.flows.values()
        if any(one["type"] == kind and one.get("id") == number for one in row["definition"]["triggers"])
    ]


def actions(account: KlaviyoAccount) -> Iterator[tuple[Json, Json]]:
    """(flow, action) of every flow."""
    for row in account.flows.values():
        for action in row["definition"]["actions"]:
            yield row, action


def messages_of(action: Json) -> list[Json]:
    """The message of a send action, none for others."""
    message = (action.get("data") or {}).get("message")
    return [] if message is None else [message]


def set_status(account: KlaviyoAccount, row: Json, status: str) -> None:
    """Give a flow and all that it sends a status."""
    row.update(status=status, updated=account.stamp())
    for action in row["definition"]["actions"]:
        if "status" in (action.get("data") or {}):
            action["data"]["status"] = status


def replace_action(account: KlaviyoAccount, row: Json, action: Json, definition: Json) -> None:
    """Give an action another definition; its messages keep their ids."""
    for old, new in zip(messages_of(action), messages_of(definition), strict=False):
        new.setdefault("id", old["id"])
    action.clear()
    action.update(definition)
    row["updated"] = account.stamp()


def shown(call: Call, row: Json) -> Json:
    attributes = {name: row[name] for name in ("name", "status", "archived", "created", "updated")}
    attributes["trigger_type"] = trigger_type(row)
    if "definition" in call.asked.extras:
        attributes["definition"] = row["definition"]
    return resource(call, "flow", row["id"], attributes, ("flow-actions", "tags"))


def action_shown(call: Call, row: Json, action: Json) -> Json:
    attributes = {"definition": action, "created": row["created"], "updated": row["updated"]}
    return resource(call, "flow-action", action["id"], attributes, ("flow", "flow-messages"))


def message_shown(call: Call, row: Json, action: Json, message: Json) -> Json:
    attributes = {
        "channel": CHANNELS.get(action["type"], "email"),
        "created": row["created"],
        "updated": row["updated"],
        "definition": message,
    }
    return resource(call, "flow-message", message["id"], attributes, ("flow-action", "template"))


def _numbered(account: KlaviyoAccount, given: Json) -> Json:
    definition: Json = {
        "triggers": [],
        "profile_filter": None,
        "entry_action_id": None,
        "reentry_criteria": None,
        **deepcopy(given),
    }
    definition["actions"] = definition.get("actions") or [_simple_email()]
    real: dict[str | None, str | None] = {None: None}
    for action in definition["actions"]:
        old = action.pop("temporary_id", None) or action.get("id")
        action["id"] = action.get("id") or account.short_id()
        real[old] = action["id"]
        for message in messages_of(action):
            message["id"] = message.get("id") or account.short_id()
    for action in definition["actions"]:
        links = action.setdefault("links", {"next": None})
        links.update({name: real.get(links[name], links[name]) for name in _LINKS if name in links})
    entry = definition["entry_action_id"]
    definition["entry_action_id"] = real.get(entry) or definition["actions"][0]["id"]
    return definition


def _simple_email() -> Json:
    """The one action of a flow that was seeded without any."""
    message = {
        "name": "Email #1",
        "subject_line": "Hello",
        "additional_filters": None,
        "transactional": False,
    }
    return {"type": "send-email", "links": {"next": None}, "data": {"status": "live", "message": message}}

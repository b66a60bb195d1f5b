"""HTTP integrations: which ones a change of a ticket fires, and what they send.

https://developers.gorgias.com/reference/the-integration-object
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from urllib.parse import urlencode

import msgspec
from werkzeug.urls import iri_to_uri

from connectors.sandbox.gorgias import shapes
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.vendor import Target
from connectors.sandbox.webhooks import Delivery
from connectors.sandbox.wire import Json

TRIGGERS = (
    "ticket-created",
    "ticket-updated",
    "ticket-message-created",
    "ticket-self-unsnoozed",
    "ticket-message-failed",
    "ticket-assignment-updated",
    "ticket-status-updated",
    "ticket-handed-over",
)
FAILURES_ALLOWED = 100  # in a row; then the integration is switched off
SECRET_HEADER = "X-Orchestrator-Secret"  # noqa: S105  a header's name
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_STEP = re.compile(r"[^.\[\]]+")


def fire(account: GorgiasAccount, trigger: str, ticket: Json, message: Json | None = None) -> None:
    """Send one change to everybody who asked for it."""
    listening = [row for row in account.integrations if _listens(row, trigger)]
    target = account.webhook
    if not listening and target is None:
        return
    context: Json = {"ticket": shapes.with_offsets(shapes.ticket(account, ticket))}
    if message is not None:
        context["message"] = shapes.with_offsets(shapes.message(account, message))
    for row in listening:
        account.around.webhooks.send(_from_integration(account, row, context))
    if target is not None and all(row["http"]["url"] != target.url for row in listening):
        account.around.webhooks.send(_from_target(account, target, trigger, context))


def fill(template: str, context: Json) -> str:
    """The template with its variables filled in; what is missing is empty."""
    return _VARIABLE.sub(lambda found: _text(_look_up(found[1], context)), template)


def _listens(row: Json, trigger: str) -> bool:
    http = row.get("http")
    return bool(http and row["deactivated_datetime"] is None and (http.get("triggers") or {}).get(trigger))


def _from_integration(account: GorgiasAccount, row: Json, context: Json) -> Delivery:
    http = row["http"]
    return Delivery(
        vendor="gorgias",
        account=account.name,
        method=http["method"],
        url=iri_to_uri(fill(http["url"], context)),
        body=_body(http, context),
        headers={"Content-Type": http["request_content_type"], **(http.get("headers") or {})},
        settled=partial(_settle, account, row["id"]),
    )


def _from_target(account: GorgiasAccount, target: Target, trigger: str, context: Json) -> Delivery:
    form = {
        "trigger": trigger,
        "ticket_id": fill("{{ticket.id}}", context),
        "status": fill("{{ticket.status}}", context),
        "updated": fill("{{ticket.updated_datetime}}", context),
    }
    headers = {"Content-Type": "application/json", SECRET_HEADER: target.secret}
    return Delivery("gorgias", account.name, target.url, msgspec.json.encode(form), headers)


def _body(http: Json, context: Json) -> bytes:
    form = http.get("form")
    if form is None:
        return b""
    if isinstance(form, str):
        filled: Any = context if form.strip() == "{{context}}" else fill(form, context)
    else:
        filled = {
            name: context if str(value).strip() == "{{context}}" else fill(str(value), context)
            for name, value in form.items()
        }
    if http["request_content_type"] == "application/json":
        return msgspec.json.encode(filled)
    pairs = filled if isinstance(filled, dict) else {"data": filled}
    return urlencode({name: _text(value) for name, value in pairs.items()}).encode()


def _settle(account: GorgiasAccount, number: int, ok: bool) -> None:
    """Count failures in a row; too many switch the integration off."""
    with account.lock:
        row = account.integrations.rows.get(number)
        if row is None:
            return
        row["failures"] = 0 if ok else row["failures"] + 1
        if row["failures"] >= FAILURES_ALLOWED and row["deactivated_datetime"] is None:
            row["deactivated_datetime"] = row["updated_datetime"] = account.stamp()
            account.integrations.place(row)


def _look_up(path: str, context: Json) -> Any:
    if path == "context":
        return context
    value: Any = context
    for step in _STEP.findall(path):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()

"""Gorgias' HTTP integrations: what they send us and how they are kept in order.

Their content is whatever we template, and they are not signed in a documented way. So each carries a
secret of ours in a header, and of the body only the ticket's id is used.
https://developers.gorgias.com/reference/create-integration
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from connectors.http import Client
from connectors.roles import Heard
from connectors.types import Parsed, Reference, Transition, WebhookState
from connectors.values import mapping, text
from connectors.vendors.gorgias.lists import Row, everything

# The payload does not say which trigger fired, so each has an integration of its own.
TRIGGERS = (
    "ticket-created",
    "ticket-updated",
    "ticket-message-created",
    "ticket-status-updated",
    "ticket-self-unsnoozed",
)
# Any of them has the ticket read anew, and what changed is seen then.
TELLS: dict[str, Heard] = {
    each: Heard(TRIGGERS)
    for each in (Transition.TICKET_OPENED, Transition.TICKET_CHANGED, Transition.TICKET_CLOSED)
}
HEADER = "X-Orchestrator-Secret"
JSON = "application/json"

_ID = re.compile(r"[0-9]{1,18}")


def is_genuine(secret: str, headers: Mapping[str, str]) -> bool:
    """Compared as bytes: comparing text that is not ASCII raises."""
    shown = headers.get(HEADER.lower(), "")
    return bool(secret) and hmac.compare_digest(
        shown.encode("utf-8", "surrogatepass"), secret.encode("utf-8", "surrogatepass")
    )


def parse(body: bytes) -> Parsed:
    """The ticket a delivery is about. Raises ValueError with a sentence when it names none."""
    try:
        told = json.loads(body, parse_int=str, strict=False)
    except ValueError:
        raise ValueError("The delivery from Gorgias is not JSON.") from None
    except RecursionError:
        raise ValueError("The delivery from Gorgias is nested too deeply.") from None
    if not isinstance(told, dict):
        raise ValueError("The delivery from Gorgias is not a JSON object.")
    named = told.get("ticket_id") or mapping(told.get("ticket")).get("id")
    id_ = named.strip() if isinstance(named, str) else ""
    if not _ID.fullmatch(id_):
        raise ValueError("The delivery from Gorgias names no ticket. It needs ticket_id or ticket.id.")
    return Parsed(references=[Reference(kind="ticket", id=str(int(id_)))])


def ensure(client: Client, url: str, secret: str) -> list[WebhookState]:
    """One integration for each trigger, active, with our address and secret. Safe to repeat."""
    if not secret:
        return []  # nothing that arrives would be accepted
    ours = _ours(client, url)
    return [_ensured(client, trigger, ours.get(trigger), url, secret) for trigger in TRIGGERS]


def _ours(client: Client, url: str) -> dict[str, Row]:
    """By trigger. The path of our address holds the connection's token, so it is ours on any host."""
    found: dict[str, Row] = {}
    for row in everything(client, "/api/integrations", [("type", "http")]):
        http = mapping(row.get("http"))
        if _path(text(http.get("url"), 2000)) != _path(url):
            continue
        for trigger in TRIGGERS:
            if mapping(http.get("triggers")).get(trigger) and _is_better(row, found.get(trigger)):
                found[trigger] = row
    return found


def _path(url: str) -> str:
    return url.partition("://")[2].partition("/")[2].partition("?")[0]


def _is_better(row: Row, other: Row | None) -> bool:
    return other is None or (bool(other.get("deactivated_datetime")) and not row.get("deactivated_datetime"))


def _ensured(client: Client, trigger: str, row: Row | None, url: str, secret: str) -> WebhookState:
    wanted = _settings(trigger, url, secret)
    if row is None:
        made = client.post("/api/integrations", json={"type": "http", **wanted})
        return WebhookState(
            id=text(mapping(made.json).get("id"), 30), topic=trigger, is_active=True, was_created=True
        )
    id_ = text(row.get("id"), 30)
    was_off = bool(row.get("deactivated_datetime"))
    if was_off or not _is_right(mapping(row.get("http")), wanted["http"]):
        client.put(f"/api/integrations/{id_}", json={**wanted, "deactivated_datetime": None})
    return WebhookState(id=id_, topic=trigger, is_active=True, was_revived=was_off)


def _is_right(http: Row, wanted: Row) -> bool:
    """Header names are shown in any case. What else there is at the vendor is left alone."""
    headers = {name.lower(): value for name, value in mapping(http.get("headers")).items()}
    has_secret = headers.get(HEADER.lower()) == wanted["headers"][HEADER]
    return has_secret and all(http.get(name) == wanted[name] for name in ("url", "method", "form"))


def _settings(trigger: str, url: str, secret: str) -> dict[str, Any]:
    return {
        "name": f"Orchestrator: {trigger}",
        "http": {
            "url": url,
            "method": "POST",
            "request_content_type": JSON,
            "response_content_type": JSON,
            "headers": {HEADER: secret},
            "form": {"trigger": trigger, "ticket_id": "{{ticket.id}}"},
            "triggers": {trigger: True},
        },
    }

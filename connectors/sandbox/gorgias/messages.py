"""Messages: imported when they carry a sent time, otherwise sent a little later, or failed.

https://developers.gorgias.com/reference/create-ticket-message
"""

from __future__ import annotations

from datetime import timedelta

from connectors.sandbox.clock import instant
from connectors.sandbox.gorgias import conversation, fields, people, shapes, triggers
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused, missing
from connectors.sandbox.gorgias.paging import PAGING, page
from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
FAILED = "Failed to create message"
UNDELIVERABLE = ".invalid"  # addresses that can never be reached, RFC 2606
CHECKS: dict[str, fields.Check] = {
    "channel": fields.channel,
    "via": fields.via,
    "from_agent": fields.boolean,
    "public": fields.boolean,
    "sender": fields.mapping,
    "receiver": fields.mapping,
    "source": fields.mapping,
    "subject": fields.text(),
    "body_text": fields.text(),
    "body_html": fields.text(),
    "stripped_text": fields.text(),
    "stripped_html": fields.text(),
    "stripped_signature": fields.text(),
    "external_id": fields.text(255),
    "message_id": fields.text(),
    "integration_id": fields.integer,
    "rule_id": fields.integer,
    "intents": fields.listing,
    "attachments": fields.listing,
    "mention_ids": fields.listing,
    "macros": fields.listing,
    "headers": fields.mapping,
    "meta": fields.mapping,
    "last_sending_error": fields.mapping,
    "created_datetime": fields.moment,
    "sent_datetime": fields.moment,
    "failed_datetime": fields.moment,
    "opened_datetime": fields.moment,
    "deleted_datetime": fields.moment,
}
API_CHECKS = {name: check for name, check in CHECKS.items() if name not in ("intents", "rule_id")}
NEEDED = ("channel", "from_agent", "via")


def add(account: GorgiasAccount, ticket: Json, given: Json, quietly: bool = False) -> Json:
    """A message on a ticket; one from a customer opens it again."""
    now = account.stamp()
    from_agent = bool(given.get("from_agent"))
    row: Json = {
        "id": account.messages.new_id(),
        "ticket_id": ticket["id"],
        "external_id": None,
        "message_id": None,
        "channel": ticket["channel"],
        "via": ticket["via"],
        "public": True,
        "from_agent": from_agent,
        "source": None,
        "subject": ticket["subject"],
        "body_text": "",
        "body_html": "",
        "stripped_text": given.get("body_text") or "",
        "intents": [],
        "attachments": [],
        "rule_id": None,
        "integration_id": None,
        "meta": None,
        "created_datetime": now,
        "sent_datetime": None,
        "failed_datetime": None,
        "opened_datetime": None,
        "last_sending_error": None,
        **{name: value for name, value in given.items() if value is not None and name in CHECKS},
        "sender": _sender(account, ticket, given, from_agent),
        "receiver": _receiver(account, ticket, from_agent and given.get("channel") != "internal-note"),
        "due": None,
    }
    row["source"] = row["source"] or _incoming(account, row)
    _schedule(account, row)
    account.messages.place(row)
    ticket["messages"].append(row["id"])
    _note(account, ticket, row, quietly)
    return row


def settle(account: GorgiasAccount) -> None:
    """Let what is due be sent or fail."""
    now = fields.stamp(account.around.clock.now())
    for row in [
        account.messages.rows[number] for number in account.outgoing if number in account.messages.rows
    ]:
        if row["due"] > now:
            continue
        complaint = _complaint(account, row)
        account.outgoing.remove(row["id"])
        row["sent_datetime" if complaint is None else "failed_datetime"] = now
        if complaint is not None:
            row["last_sending_error"] = {"error": complaint}
            triggers.fire(account, "ticket-message-failed", account.tickets.rows[row["ticket_id"]], row)


def _incoming(account: GorgiasAccount, row: Json) -> Json | None:
    """The addresses of an e-mail that a customer wrote; of what agents write nothing is made up."""
    customer = account.customers.rows.get((row["sender"] or {}).get("id", 0))
    if row["from_agent"] or row["channel"] != "email" or customer is None or not customer["email"]:
        return None
    ours = ((one.get("meta") or {}).get("address") for one in account.integrations if one["type"] == "email")
    address = next(ours, None) or f"care@{account.credentials['subdomain']}.test"
    written = {"address": customer["email"], "name": customer["name"] or ""}
    return {"type": "email", "from": written, "to": [{"address": address, "name": ""}], "cc": [], "bcc": []}


def _schedule(account: GorgiasAccount, row: Json) -> None:
    goes_out = row["from_agent"] and row["public"] and row["channel"] != "internal-note"
    if row["sent_datetime"] or row["failed_datetime"]:
        return
    if not goes_out:
        row["sent_datetime"] = row["created_datetime"]
        return
    delay = timedelta(seconds=account.around.limits.job_seconds)
    row["due"] = fields.stamp(instant(row["created_datetime"]) + delay)
    account.outgoing.append(row["id"])


def _complaint(account: GorgiasAccount, row: Json) -> str | None:
    """Why a message cannot be sent: a sender address of nobody's, or an address that takes no mail."""
    source = row["source"] or {}
    sender = (source.get("from") or {}).get("address")
    ours = {(one.get("meta") or {}).get("address") for one in account.integrations if one["type"] == "email"}
    if row["channel"] == "email" and ours and sender not in ours:
        return f"The address {sender!r} belongs to no email integration."
    if any(str(one.get("address", "")).endswith(UNDELIVERABLE) for one in source.get("to") or []):
        return "The recipient's mail server does not exist."
    return None


def _note(account: GorgiasAccount, ticket: Json, row: Json, quietly: bool) -> None:
    """What a message changes on its ticket."""
    if row["channel"] != "internal-note":
        ticket["excerpt"] = row["body_text"][:200]
        ticket["last_message_datetime"] = row["created_datetime"]
    if not row["from_agent"]:
        ticket["last_received_message_datetime"] = row["created_datetime"]
    if quietly:
        return
    account.log("ticket-message-created", "Ticket", ticket["id"], {"message_id": row["id"]})
    conversation.touch(account, ticket)
    triggers.fire(account, "ticket-message-created", ticket, row)
    if not row["from_agent"] and ticket["status"] == "closed":
        conversation.change(account, ticket, {"status": "open"})


def _sender(account: GorgiasAccount, ticket: Json, given: Json, from_agent: bool) -> Json | None:
    sender = given.get("sender") or {}
    if not from_agent:
        customer = people.named(account, sender) if sender else None
        number = customer["id"] if customer else ticket["customer"]
        return {"kind": "customer", "id": number} if number is not None else None
    if not sender:
        return {"kind": "user", "id": account.me()["id"]}
    mail = str(sender.get("email") or "").lower()
    user = next(
        (one for one in account.users if sender.get("id") == one["id"] or mail == one["email"].lower()), None
    )
    if user is None:
        raise Refused(400, FAILED, {"sender": ["The sender of an agent's message must be a helpdesk user."]})
    return {"kind": "user", "id": user["id"]}


def _receiver(account: GorgiasAccount, ticket: Json, wanted: bool) -> Json | None:
    return (
        {"kind": "customer", "id": ticket["customer"]} if wanted and ticket["customer"] is not None else None
    )


@routes.on("GET", "/api/messages", params=(*PAGING, "ticket_id"))
def list_messages(call: Call) -> Reply:
    account = call.account
    only = None
    if "ticket_id" in call.params:
        ticket = account.tickets.rows.get(call.number("ticket_id", 0))
        only = set(ticket["messages"]) if ticket else set()
    return page(call, account.messages, lambda row: shapes.message(account, row), only=only)


@routes.on("GET", "/api/tickets/<int:ticket>/messages")
def list_of_ticket(call: Call, ticket: int) -> Reply:
    """The older list of one ticket's messages: a bare array."""
    rows = [call.account.messages.rows[number] for number in call.account.tickets.get(ticket)["messages"]]
    return json_reply(200, [shapes.message(call.account, row) for row in rows])


@routes.on("GET", "/api/tickets/<int:ticket>/messages/<int:number>")
def get_message(call: Call, ticket: int, number: int) -> Reply:
    row = call.account.messages.get(number)
    if row["ticket_id"] != ticket:
        raise missing()
    return json_reply(200, shapes.message(call.account, row))


@routes.on("POST", "/api/tickets/<int:ticket>/messages", params=("action",))
def create_message(call: Call, ticket: int) -> Reply:
    row = call.account.tickets.get(ticket)
    given = fields.clean(call.body(), API_CHECKS, FAILED, needs=NEEDED)
    return json_reply(201, shapes.message(call.account, add(call.account, row, given)))

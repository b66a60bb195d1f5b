"""The first answer to a customer. https://developers.gorgias.com/reference/create-ticket-message

Gorgias stores a message at once and sends it a little later, or fails to.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from connectors import robots
from connectors.errors import Refused
from connectors.http import Client
from connectors.values import emails, instant, mapping, rows, text
from connectors.vendors.gorgias.lists import Row, everything

NOTE = "internal-note"


def conversation(client: Client, ticket_id: str) -> list[Row]:
    """Every message of a ticket, the oldest first."""
    asked = [("ticket_id", ticket_id), ("order_by", "created_datetime:desc")]
    return list(reversed(list(everything(client, "/api/messages", asked))))


def why_not(said: Sequence[Row]) -> str:
    """The code of what speaks against an answer of ours, "" when nothing does."""
    asked = [each for each in said if not each.get("from_agent")]
    answers = {
        "ticket_outbound": not asked,
        "answered_already": any(_is_answer(each) for each in said),
        "sender_automatic": any(_is_automatic(each) for each in asked),
        "not_by_email": any(each.get("channel") != "email" for each in asked[:1]),
    }
    return next((code for code, applies in answers.items() if applies), "")


def draft(said: Sequence[Row], words: str, key: str, sender: Any) -> Row:
    """From the address that the customer wrote to, back to where they wrote from."""
    first = next(each for each in said if not each.get("from_agent"))
    source, customer = mapping(first.get("source")), mapping(first.get("sender"))
    ours = [each for each in rows(source.get("to")) if emails([each.get("address")])]
    theirs = emails([mapping(source.get("from")).get("address") or customer.get("email")])
    if not ours or not theirs:
        raise Refused(
            "Gorgias does not tell which addresses this ticket was written from and to. Answer it by hand.",
            code="no_sender_address",
        )
    came_from = {name: text(ours[0].get(name), 254) for name in ("address", "name") if ours[0].get(name)}
    drafted = {
        "channel": "email",
        "via": "api",
        "from_agent": True,
        "public": True,
        "external_id": key,
        "sender": {"id": sender},
        "source": {"type": "email", "from": came_from, "to": [{"address": theirs[0]}]},
        "subject": text(first.get("subject")),
        "body_text": words,
        "body_html": f"<p>{escape(words).replace(chr(10), '<br>')}</p>",
    }
    return drafted | ({"receiver": {"id": customer["id"]}} if customer.get("id") else {})


def has_left(message: Row) -> bool:
    """The vendor's own words may name the customer, so they are not repeated."""
    if instant(message.get("failed_datetime")):
        raise Refused("Gorgias could not send this reply. The ticket there says why.", code="reply_not_sent")
    return instant(message.get("sent_datetime")) is not None


def _is_answer(message: Row) -> bool:
    is_public = message.get("public") is not False and message.get("channel") != NOTE
    return bool(message.get("from_agent")) and is_public


def _is_automatic(message: Row) -> bool:
    address = mapping(mapping(message.get("source")).get("from")).get("address")
    senders = emails([address, mapping(message.get("sender")).get("email")])
    intents = (text(each.get("name"), 60) for each in rows(message.get("intents")))
    return robots.writes(senders, text(message.get("subject")), intents)

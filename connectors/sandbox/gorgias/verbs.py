"""What can happen in a helpdesk without us: customers write, agents close, snooze, merge and trash."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.gorgias import (
    conversation,
    fields,
    messages,
    people,
    seeds,
    shapes,
    tags,
    tickets,
    triggers,
)
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.refusal import Refusal
from connectors.sandbox.vendor import Verbs
from connectors.sandbox.wire import Json

verbs: Verbs[GorgiasAccount] = Verbs()


@verbs.add
def ticket_open(account: GorgiasAccount, body: Json) -> Json:
    """A new ticket: subject, channel, customer or email, tags, priority, body_text, intents, spam."""
    return shapes.ticket(account, seeds.ticket(account, body, quietly=False))


@verbs.add
def ticket_reply(account: GorgiasAccount, body: Json) -> Json:
    """A message on ticket id; from the customer unless from_agent. A customer's reply reopens."""
    ticket = _ticket(account, body)
    note = {name: value for name, value in body.items() if name != "id"}
    unknown = note.keys() - messages.CHECKS.keys()
    if unknown:
        raise Refusal(f"A message has no field {sorted(unknown)[0]!r}.")
    note["intents"] = [one if isinstance(one, dict) else {"name": one} for one in note.get("intents") or []]
    note.setdefault("channel", ticket["channel"])
    note.setdefault("via", "helpdesk" if note.get("from_agent") else ticket["via"])
    note.setdefault("body_text", "Any news?")
    messages.add(account, ticket, note)
    return shapes.ticket(account, ticket)


@verbs.add
def ticket_close(account: GorgiasAccount, body: Json) -> Json:
    """Close ticket id."""
    return _changed(account, body, {"status": "closed"})


@verbs.add
def ticket_reopen(account: GorgiasAccount, body: Json) -> Json:
    """Open ticket id again."""
    return _changed(account, body, {"status": "open"})


@verbs.add
def ticket_snooze(account: GorgiasAccount, body: Json) -> Json:
    """Snooze ticket id until a time; status (open unless said otherwise) is what it shows meanwhile."""
    until = _moment(body, "until")
    return _changed(account, body, {"snooze_datetime": until, "status": body.get("status") or "open"})


@verbs.add
def ticket_unsnooze(account: GorgiasAccount, body: Json) -> Json:
    """Bring ticket id back from its snooze."""
    return _changed(account, body, {"snooze_datetime": None, "status": "open"})


@verbs.add
def ticket_trash(account: GorgiasAccount, body: Json) -> Json:
    """Move ticket id to the trash."""
    return _changed(account, body, {"trashed_datetime": fields.stamp(account.around.clock.now())})


@verbs.add
def ticket_untrash(account: GorgiasAccount, body: Json) -> Json:
    """Take ticket id out of the trash."""
    return _changed(account, body, {"trashed_datetime": None})


@verbs.add
def ticket_delete(account: GorgiasAccount, body: Json) -> Json:
    """Delete ticket id for good; it answers 404 from then on."""
    ticket = _ticket(account, body)
    shown = shapes.ticket(account, ticket)
    conversation.delete(account, ticket)
    return shown


@verbs.add
def ticket_merge(account: GorgiasAccount, body: Json) -> Json:
    """Merge ticket id into another ticket; its messages move and it vanishes."""
    source, target = _ticket(account, body), _ticket(account, body, "into")
    if source is target:
        raise Refusal("A ticket cannot be merged into itself.")
    for number in source["messages"]:
        account.messages.rows[number]["ticket_id"] = target["id"]
    target["messages"] = sorted({*target["messages"], *source["messages"]})
    for number in source["tags"]:
        account.tags.rows[number]["usage"] -= 1
    conversation.forget(account, source)
    conversation.touch(account, target)
    both = {"source_ticket_id": source["id"], "target_ticket_id": target["id"]}
    account.log("ticket-merged", "Ticket", source["id"], both)
    account.log("ticket-merged", "Ticket", target["id"], both)
    triggers.fire(account, "ticket-updated", target)
    return shapes.ticket(account, target)


@verbs.add
def ticket_spam(account: GorgiasAccount, body: Json) -> Json:
    """Mark ticket id as spam, or not with spam false."""
    return _changed(account, body, {"spam": body.get("spam", True)})


@verbs.add
def ticket_update(account: GorgiasAccount, body: Json) -> Json:
    """Change fields of ticket id as an agent would; tags by name replace all."""
    given = {name: value for name, value in body.items() if name not in ("id", "tags")}
    cleaned = fields.clean(given, tickets.CHECKS, "Failed to update ticket", solid=tickets.SOLID)
    ticket = _ticket(account, body)
    conversation.change(account, ticket, cleaned)
    if "tags" in body:
        conversation.retag(account, ticket, tags.ensured(account, body["tags"]))
    return shapes.ticket(account, ticket)


@verbs.add
def ticket_tag(account: GorgiasAccount, body: Json) -> Json:
    """Add tags by name to ticket id (tag or tags), or take them off with remove true."""
    ticket = _ticket(account, body)
    named = tags.ensured(account, body.get("tags") or [_needed(body, "tag")])
    kept = [number for number in ticket["tags"] if number not in named]
    conversation.retag(account, ticket, kept if body.get("remove") else ticket["tags"] + named)
    return shapes.ticket(account, ticket)


@verbs.add
def customer_merge(account: GorgiasAccount, body: Json) -> Json:
    """Merge customer id into another customer."""
    source, target = _customer(account, body), _customer(account, body, "into")
    if source is target:
        raise Refusal("A customer cannot be merged into itself.")
    return shapes.customer(account, people.merge(account, source, target), fields=True)


@verbs.add
def customer_update(account: GorgiasAccount, body: Json) -> Json:
    """Change fields of customer id, channels and integrations among them."""
    row = _customer(account, body)
    given = {name: value for name, value in body.items() if name != "id"}
    return shapes.customer(account, people.change(account, row, given), fields=True)


@verbs.add
def integration_deactivate(account: GorgiasAccount, body: Json) -> Json:
    """Switch integration id off, as the vendor does after too many failures."""
    row = account.integrations.rows.get(_needed(body, "id"))
    if row is None:
        raise Refusal(f"There is no integration {body['id']!r}.", 404)
    row["deactivated_datetime"] = row["updated_datetime"] = account.stamp()
    return shapes.integration(account.integrations.place(row))


def _changed(account: GorgiasAccount, body: Json, given: Json) -> Json:
    ticket = conversation.change(account, _ticket(account, body), given)
    return shapes.ticket(account, ticket)


def _ticket(account: GorgiasAccount, body: Json, key: str = "id") -> Json:
    row = account.tickets.rows.get(_number(_needed(body, key)))
    if row is None:
        raise Refusal(f"There is no ticket {body[key]!r}.", 404)
    return row


def _customer(account: GorgiasAccount, body: Json, key: str = "id") -> Json:
    row = account.customers.rows.get(_number(_needed(body, key)))
    if row is None:
        raise Refusal(f"There is no customer {body[key]!r}.", 404)
    return row


def _needed(body: Json, key: str) -> Any:
    if body.get(key) is None:
        raise Refusal(f"This verb needs {key!r}.")
    return body[key]


def _number(value: Any) -> int:
    """Ids also come as text, as webhooks carry them."""
    return int(value) if str(value).isdigit() else -1


def _moment(body: Json, key: str) -> str:
    try:
        return fields.stamp(instant(_needed(body, key)))
    except ValueError as error:
        raise Refusal(f"{key!r} holds {error}.") from None

"""What can happen to a ticket, whoever causes it: each change is stamped, logged and announced."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.gorgias import people, triggers
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused
from connectors.sandbox.wire import Json

PLAIN = (
    "subject",
    "priority",
    "spam",
    "external_id",
    "meta",
    "language",
    "from_agent",
    "is_unread",
    "channel",
    "via",
)
DATES = ("snooze_datetime", "closed_datetime", "trashed_datetime", "opened_datetime")


def open_ticket(account: GorgiasAccount, given: Json, quietly: bool = False) -> Json:
    """A new ticket without messages yet; ``quietly`` announces nothing, as for history."""
    now = account.stamp()
    customer = people.named(account, given["customer"]) if given.get("customer") else None
    row: Json = {
        "id": given.get("id") or account.tickets.new_id(),
        "external_id": None,
        "status": given.get("status") or "open",
        "priority": "normal",
        "channel": "email",
        "via": "email",
        "spam": False,
        "subject": None,
        "excerpt": "",
        "language": "en",
        "from_agent": False,
        "is_unread": True,
        "customer": customer["id"] if customer else None,
        "assignee_user": None,
        "assignee_team": None,
        "tags": [],
        "messages": [],
        "custom_fields": {},
        "meta": None,
        "created_datetime": given.get("created_datetime") or now,
        "updated_datetime": given.get("updated_datetime") or given.get("created_datetime") or now,
        "last_message_datetime": None,
        "last_received_message_datetime": None,
        **{name: given.get(name) for name in DATES},
    }
    row.update({name: given[name] for name in PLAIN if given.get(name) is not None})
    if row["status"] == "closed" and not row["closed_datetime"]:
        row["closed_datetime"] = row["updated_datetime"]
    row["assignee_user"] = assignee(account, given, "assignee_user")
    row["assignee_team"] = assignee(account, given, "assignee_team")
    people.set_fields(account, row, "Ticket", given.get("custom_fields") or [])
    return _enter(account, row, quietly)


def _enter(account: GorgiasAccount, row: Json, quietly: bool) -> Json:
    account.tickets.place(row)
    if row["customer"] is not None:
        account.tickets_by_customer[row["customer"]].add(row["id"])
    if row["external_id"]:
        account.tickets_by_external[row["external_id"]].add(row["id"])
    if row["snooze_datetime"]:
        account.snooze(row)
    if not quietly:
        account.log("ticket-created", "Ticket", row["id"])
    return row


def change(account: GorgiasAccount, ticket: Json, given: Json) -> Json:
    """Apply the fields that differ; announce what they mean."""
    before = dict(ticket)
    _set(account, ticket, given)
    changed = {name for name in ticket if ticket[name] != before[name]}
    if changed:
        touch(account, ticket)
        _announce(account, ticket, before, changed)
    return ticket


def touch(account: GorgiasAccount, ticket: Json) -> None:
    ticket["updated_datetime"] = account.stamp()
    account.tickets.place(ticket)


def retag(account: GorgiasAccount, ticket: Json, wanted: list[int]) -> None:
    """Give a ticket exactly these tags."""
    before, after = ticket["tags"], list(dict.fromkeys(wanted))
    if before == after:
        return
    for number in {*before, *after}:
        account.tags.rows[number]["usage"] += (number in after) - (number in before)
    ticket["tags"] = after
    touch(account, ticket)
    if added := [number for number in after if number not in before]:
        account.log("ticket-tags-added", "Ticket", ticket["id"], {"tags": added})
    if removed := [number for number in before if number not in after]:
        account.log("ticket-tags-removed", "Ticket", ticket["id"], {"tags": removed})
    triggers.fire(account, "ticket-updated", ticket)


def delete(account: GorgiasAccount, ticket: Json) -> None:
    for number in ticket["messages"]:
        account.messages.remove(number)
    for number in ticket["tags"]:
        account.tags.rows[number]["usage"] -= 1
    forget(account, ticket)
    account.log("ticket-deleted", "Ticket", ticket["id"])


def forget(account: GorgiasAccount, ticket: Json) -> None:
    """Take a ticket out of every index."""
    account.tickets.remove(ticket["id"])
    account.tickets_by_customer[ticket["customer"]].discard(ticket["id"])
    account.tickets_by_external[ticket["external_id"]].discard(ticket["id"])


def wake(account: GorgiasAccount) -> None:
    """Bring back the tickets whose snooze is over."""
    for ticket in account.woken():
        was_open = ticket["status"] == "open"
        ticket.update(snooze_datetime=None, status="open", closed_datetime=None)
        touch(account, ticket)
        account.log("ticket-self-unsnoozed", "Ticket", ticket["id"])
        triggers.fire(account, "ticket-self-unsnoozed", ticket)
        if not was_open:
            triggers.fire(account, "ticket-status-updated", ticket)
        triggers.fire(account, "ticket-updated", ticket)


def assignee(account: GorgiasAccount, given: Json, name: str) -> int | None:
    """The id that an assignee object names; {"id": null} unassigns, user 0 is the caller."""
    number: Any = (given.get(name) or {}).get("id")
    if number == 0 and name == "assignee_user":
        return int(account.me()["id"])
    rows = account.users.rows if name == "assignee_user" else account.teams.rows
    if number is not None and number not in rows:
        raise Refused(400, "Failed to update ticket", {name: [f"{number} does not exist."]})
    return int(number) if number is not None else None


def _set(account: GorgiasAccount, ticket: Json, given: Json) -> None:
    if given.get("customer"):
        _hand_to(account, ticket, people.named(account, given["customer"]))
    if "custom_fields" in given:
        values = given["custom_fields"] or []
        fresh: Json = {"custom_fields": {}}
        people.set_fields(account, fresh, "Ticket", values)
        ticket["custom_fields"] = fresh["custom_fields"]
    for name in ("assignee_user", "assignee_team"):
        if name in given:
            ticket[name] = assignee(account, given, name)
    if "external_id" in given:
        account.tickets_by_external[ticket["external_id"]].discard(ticket["id"])
        account.tickets_by_external[given["external_id"]].add(ticket["id"])
    ticket.update({name: given[name] for name in (*PLAIN, *DATES) if name in given})
    _set_status(account, ticket, given)
    if given.get("snooze_datetime"):
        account.snooze(ticket)


def _set_status(account: GorgiasAccount, ticket: Json, given: Json) -> None:
    status = given.get("status") or ("closed" if given.get("closed_datetime") else ticket["status"])
    if status == ticket["status"]:
        return
    ticket["status"] = status
    if status == "open":
        ticket["closed_datetime"] = None
    else:
        ticket["closed_datetime"] = given.get("closed_datetime") or account.stamp()


def _hand_to(account: GorgiasAccount, ticket: Json, customer: Json | None) -> None:
    if customer is None or customer["id"] == ticket["customer"]:
        return
    account.tickets_by_customer[ticket["customer"]].discard(ticket["id"])
    ticket["customer"] = customer["id"]
    account.tickets_by_customer[customer["id"]].add(ticket["id"])


def _announce(account: GorgiasAccount, ticket: Json, before: Json, changed: set[str]) -> None:
    for kind in _events(ticket, before, changed):
        account.log(kind, "Ticket", ticket["id"])
    triggers.fire(account, "ticket-updated", ticket)
    if "status" in changed:
        triggers.fire(account, "ticket-status-updated", ticket)
    if changed & {"assignee_user", "assignee_team"}:
        triggers.fire(account, "ticket-assignment-updated", ticket)


def _events(ticket: Json, before: Json, changed: set[str]) -> list[str]:
    """The names of what changed, as the vendor's event log has them."""
    named = {
        "status": "ticket-closed" if ticket["status"] == "closed" else "ticket-reopened",
        "trashed_datetime": "ticket-trashed" if ticket["trashed_datetime"] else "ticket-untrashed",
        "snooze_datetime": "ticket-snoozed" if ticket["snooze_datetime"] else "ticket-unsnoozed",
        "spam": "ticket-marked-spam" if ticket["spam"] else "ticket-unmarked-spam",
        "customer": "ticket-customer-updated",
        "assignee_user": "ticket-assigned" if ticket["assignee_user"] else "ticket-unassigned",
        "assignee_team": "ticket-team-assigned" if ticket["assignee_team"] else "ticket-team-unassigned",
        "subject": "ticket-subject-updated",
    }
    return [kind for name, kind in named.items() if name in changed] or ["ticket-updated"]

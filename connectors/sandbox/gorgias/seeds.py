"""Fills an account from vendor-shaped objects that may leave out almost everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.gorgias import (
    custom_fields,
    fields,
    integrations,
    people,
    rules,
    staff,
    tags,
    tickets,
    views,
)
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.refusal import Refusal
from connectors.sandbox.wire import Json

# What a full ticket of the vendor carries beside the fields that mean something on the way in.
_SHOWN = frozenset(
    [
        "uri",
        "requester",
        "messages_count",
        "excerpt",
        "satisfaction_survey",
        "last_message_datetime",
        "last_received_message_datetime",
        "integrations",
    ]
)
_SHORT = frozenset({"id", "email", "name", "body_text", "body_html", "intents"})


def ticket(account: GorgiasAccount, given: Json, quietly: bool) -> Json:
    """A ticket from its vendor shape or from shorthand (email, name, body_text, intents, from_agent)."""
    unknown = given.keys() - tickets.CREATE_CHECKS.keys() - _SHOWN - _SHORT
    if unknown:
        raise Refusal(f"A ticket has no field {sorted(unknown)[0]!r}.")
    if given.get("id") in account.tickets.rows:
        raise Refusal(f"There is already a ticket {given['id']}.", 409)
    body = _dated(
        {name: value for name, value in given.items() if name in tickets.CREATE_CHECKS or name == "id"}
    )
    body["customer"] = _customer(account, given)
    body.setdefault("channel", "email")
    body.setdefault("via", body["channel"])
    notes = [_dated(note) for note in given.get("messages") or [_note(given, body)]]
    tag_ids = tags.ensured(account, given.get("tags") or [])
    return tickets.create(account, body, notes, tag_ids, quietly)


def customer(account: GorgiasAccount, given: Json) -> Json:
    if given.get("id") in account.customers.rows:
        raise Refusal(f"There is already a customer {given['id']}.", 409)
    return people.create(account, _dated(given))


def _customer(account: GorgiasAccount, given: Json) -> Json:
    person: Any = given.get("customer") or {"email": given.get("email"), "name": given.get("name")}
    person = {"email": person} if isinstance(person, str) else person
    person = {name: value for name, value in person.items() if value is not None}
    if "id" in person and person["id"] in account.customers.rows:
        return {"id": person["id"]}
    if "id" in person:
        return {"id": customer(account, person)["id"]}
    return dict(person)


def _note(given: Json, body: Json) -> Json:
    """The first message of a ticket that comes without any."""
    from_agent = bool(given.get("from_agent"))
    return {
        "channel": body["channel"],
        "via": body["via"],
        "from_agent": from_agent,
        "body_text": given.get("body_text") or given.get("subject") or "Hello, I need help with my order.",
        "body_html": given.get("body_html") or "",
        "intents": [one if isinstance(one, dict) else {"name": one} for one in given.get("intents") or []],
        "created_datetime": body.get("created_datetime"),
        "sent_datetime": body.get("created_datetime") if from_agent else None,
    }


def _dated(given: Json) -> Json:
    """The same with every time in the vendor's own form."""
    try:
        return {
            name: fields.stamp(instant(value)) if name.endswith("_datetime") and value is not None else value
            for name, value in given.items()
        }
    except ValueError as error:
        raise Refusal(f"A seed or verb holds {error}.") from None


PLANT: dict[str, Callable[[GorgiasAccount, Json], Json]] = {
    "tickets": lambda account, given: ticket(account, given, quietly=True),
    "customers": customer,
    "tags": tags.create,
    "teams": staff.add_team,
    "users": lambda account, given: account.new_user(given),
    "rules": rules.add,
    "integrations": integrations.add,
    "custom_fields": custom_fields.add,
    "views": views.add,
}
NAMED = frozenset({"tags", "teams"})


def plant(account: GorgiasAccount, kind: str, given: Json) -> int:
    """Add one object; its id."""
    if kind in NAMED and not given.get("name"):
        raise Refusal(f"Each of {kind!r} needs a name.")
    row = PLANT[kind](account, given if kind == "tickets" else _dated(given))
    return int(row["id"])

"""How the helpdesk shows its rows: light in lists, full on their own.

https://developers.gorgias.com/reference/the-ticket-object
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.wire import Json

LIGHT = ("id", "email", "name", "firstname", "lastname", "external_id", "meta")
_INNER = ("customer", "assignee_user", "assignee_team", "tags", "messages", "custom_fields")


def customer_light(row: Json) -> Json:
    return {name: row[name] for name in LIGHT}


def customer_listed(row: Json) -> Json:
    left_out = ("channels", "integrations", "custom_fields", "data", "data_version")
    return {"uri": f"/api/customers/{row['id']}/"} | {k: v for k, v in row.items() if k not in left_out}


def customer(account: GorgiasAccount, row: Json, fields: bool = False) -> Json:
    full = {"uri": f"/api/customers/{row['id']}/"} | {
        k: v for k, v in row.items() if k not in ("custom_fields", "data_version")
    }
    if fields:
        full["custom_fields"] = field_values(account, row)
    return full


def field_values(account: GorgiasAccount, row: Json) -> Json:
    """Custom field values by definition id."""
    return {str(number): {"id": number, "value": value} for number, value in row["custom_fields"].items()}


def field_list(account: GorgiasAccount, row: Json) -> list[Json]:
    """Custom field values as their own endpoint lists them."""
    return [
        {"field": custom_field(account.custom_fields.rows[number]), "value": value}
        for number, value in sorted(row["custom_fields"].items())
        if number in account.custom_fields.rows
    ]


def custom_field(row: Json) -> Json:
    return row


def person(row: Json) -> Json:
    return {name: row[name] for name in ("id", "email", "name", "firstname", "lastname", "meta")}


def user(row: Json) -> Json:
    return {"uri": f"/api/users/{row['id']}/"} | row


def team(row: Json) -> Json:
    return {"uri": f"/api/teams/{row['id']}/"} | row


def tag(row: Json) -> Json:
    return {"uri": f"/api/tags/{row['id']}/"} | row


def event(row: Json) -> Json:
    return {"uri": f"/api/events/{row['id']}/"} | row


def rule(row: Json) -> Json:
    return {"uri": f"/api/rules/{row['id']}/"} | row


def view(row: Json) -> Json:
    return {"uri": f"/api/views/{row['id']}/"} | row


def integration(row: Json) -> Json:
    shown = {"uri": f"/api/integrations/{row['id']}/"} | {k: v for k, v in row.items() if k != "failures"}
    if row.get("http"):
        shown["http"] = {name: value for name, value in row["http"].items() if name != "hmac_secret"}
    return shown


def message(account: GorgiasAccount, row: Json) -> Json:
    uri = f"/api/tickets/{row['ticket_id']}/messages/{row['id']}/"
    shown = {"uri": uri} | {k: v for k, v in row.items() if k not in ("due", "sender", "receiver")}
    shown["sender"] = _party(account, row["sender"])
    shown["receiver"] = _party(account, row["receiver"])
    return shown


def ticket_listed(account: GorgiasAccount, row: Json) -> Json:
    holder = account.customers.rows.get(row["customer"])
    light = customer_light(holder) if holder else None
    shown = {"uri": f"/api/tickets/{row['id']}/"} | {k: v for k, v in row.items() if k not in _INNER}
    team_row = account.teams.rows.get(row["assignee_team"])
    user_row = account.users.rows.get(row["assignee_user"])
    shown |= {
        "customer": light,
        "requester": light,
        "assignee_user": person(user_row) if user_row else None,
        "assignee_team": {"id": team_row["id"], "name": team_row["name"]} if team_row else None,
        "tags": [_tag_light(account, number) for number in row["tags"]],
        "messages_count": len(row["messages"]),
    }
    return shown


def ticket(account: GorgiasAccount, row: Json) -> Json:
    shown = ticket_listed(account, row)
    holder = account.customers.rows.get(row["customer"])
    shown["customer"] = shown["requester"] = customer(account, holder) if holder else None
    shown["messages"] = [message(account, account.messages.rows[number]) for number in row["messages"]]
    shown["custom_fields"] = field_values(account, row)
    shown["satisfaction_survey"] = None
    return shown


def with_offsets(value: Any) -> Any:
    """The same with ``+00:00`` on every time, as webhook contexts write them."""
    if isinstance(value, list):
        return [with_offsets(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: f"{inner}+00:00"
        if name.endswith("_datetime") and isinstance(inner, str)
        else with_offsets(inner)
        for name, inner in value.items()
    }


def _tag_light(account: GorgiasAccount, number: int) -> Json:
    row = account.tags.rows[number]
    return {"id": number, "name": row["name"], "uri": f"/api/tags/{number}/", "decoration": row["decoration"]}


def _party(account: GorgiasAccount, party: Json | None) -> Json | None:
    """The person behind a message's {kind, id}."""
    if party is None:
        return None
    rows = account.users.rows if party["kind"] == "user" else account.customers.rows
    row = rows.get(party["id"])
    return (
        {name: row[name] for name in ("id", "email", "name", "firstname", "lastname", "meta")}
        if row
        else None
    )

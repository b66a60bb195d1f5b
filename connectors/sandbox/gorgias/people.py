"""Customers as rows: found, created, changed and merged."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused, missing
from connectors.sandbox.wire import Json

PLAIN = ("name", "firstname", "lastname", "external_id", "language", "timezone", "note", "meta")


def find(account: GorgiasAccount, kind: str, address: str) -> set[int]:
    """The customers with that channel address."""
    return account.customers_by_address.get((kind, _normal(kind, address)), set())


def named(account: GorgiasAccount, given: Json) -> Json | None:
    """The customer that a nested object means; an unknown e-mail creates one, extra fields update it."""
    if given.get("id") is not None:
        row = account.customers.rows.get(given["id"])
        if row is None:
            raise Refused(400, "Invalid customer.", {"customer": [f"Customer {given['id']} does not exist."]})
        extra = {name: value for name, value in given.items() if name != "id"}
        return change(account, row, extra) if extra else row
    addresses = [("email", given["email"])] if given.get("email") else []
    addresses += [(one.get("type", ""), one.get("address", "")) for one in given.get("channels") or []]
    for kind, address in addresses:
        if found := find(account, kind, address):
            return account.customers.rows[min(found)]
    return create(account, given) if addresses or given.get("name") or given.get("external_id") else None


def create(account: GorgiasAccount, given: Json) -> Json:
    now = account.stamp()
    row: Json = {
        "id": given.get("id") or account.customers.new_id(),
        "external_id": None,
        "active": True,
        "created_datetime": given.get("created_datetime") or now,
        "updated_datetime": given.get("updated_datetime") or now,
        "email": None,
        "name": "",
        "firstname": "",
        "lastname": "",
        "language": None,
        "timezone": None,
        "note": None,
        "data": given.get("data"),
        "data_version": "",
        "meta": given.get("meta"),
        "channels": [],
        "integrations": given.get("integrations") or {},
        "custom_fields": {},
    }
    account.customers.place(row)
    _apply(account, row, given)
    if not row["name"]:
        row["name"] = " ".join(filter(None, (row["firstname"], row["lastname"]))) or row["email"] or ""
    account.log("customer-created", "Customer", row["id"])
    return row


def change(account: GorgiasAccount, row: Json, given: Json) -> Json:
    _apply(account, row, given)
    row["updated_datetime"] = account.stamp()
    account.customers.place(row)
    account.log("customer-updated", "Customer", row["id"])
    return row


def set_fields(account: GorgiasAccount, row: Json, object_type: str, values: list[Any]) -> None:
    """Set custom field values; null clears."""
    for one in values:
        number: Any = one.get("id") if isinstance(one, dict) else None
        definition = account.custom_fields.rows.get(number)
        if definition is None or definition["object_type"] != object_type:
            raise Refused(
                400, "Invalid custom field.", {"custom_fields": [f"Unknown {object_type} field: {one!r}"]}
            )
        if complaint := _misfit(definition, one.get("value")):
            raise Refused(400, "Invalid custom field.", {"custom_fields": [complaint]})
    for one in values:
        if one.get("value") is None:
            row["custom_fields"].pop(one["id"], None)
        else:
            row["custom_fields"][one["id"]] = one["value"]


def merge(account: GorgiasAccount, source: Json, target: Json) -> Json:
    """The source's tickets and channels become the target's; the source is gone."""
    shared = {one["__integration_type__"] for one in source["integrations"].values()} & {
        one["__integration_type__"] for one in target["integrations"].values()
    }
    if shared:
        raise Refused(409, f"Both customers have data of the same integration: {', '.join(sorted(shared))}.")
    for number in list(account.tickets_by_customer.pop(source["id"], ())):
        ticket = account.tickets.rows[number]
        ticket["customer"] = target["id"]
        account.tickets_by_customer[target["id"]].add(number)
        ticket["updated_datetime"] = account.stamp()
        account.tickets.place(ticket)
        account.log("ticket-customer-updated", "Ticket", number)
    moved = [dict(one, preferred=False) for one in source["channels"]]
    integrations = source["integrations"]
    remove(account, source)
    _set_channels(account, target, target["channels"] + moved)
    target["integrations"] = {**integrations, **target["integrations"]}
    change(account, target, {})
    account.log("customer-merged", "Customer", target["id"], {"source_customer_id": source["id"]})
    return target


def remove(account: GorgiasAccount, row: Json) -> None:
    _set_channels(account, row, [])
    account.customers_by_external[row["external_id"]].discard(row["id"])
    account.customers.remove(row["id"])
    account.log("customer-deleted", "Customer", row["id"])


def get(account: GorgiasAccount, number: int) -> Json:
    if number not in account.customers.rows:
        raise missing()
    return account.customers.rows[number]


def _apply(account: GorgiasAccount, row: Json, given: Json) -> None:
    _refuse_taken(account, row, given)
    if "external_id" in given:
        account.customers_by_external[row["external_id"]].discard(row["id"])
        if given["external_id"]:
            account.customers_by_external[given["external_id"]].add(row["id"])
    row.update({name: given[name] for name in PLAIN if name in given})
    for name in ("name", "firstname", "lastname"):
        row[name] = row[name] or ""
    if "channels" in given:
        _set_channels(account, row, given["channels"] or [])
    if "email" in given:
        row["email"] = given["email"]
        if given["email"] and row["id"] not in find(account, "email", given["email"]):
            _set_channels(account, row, [*row["channels"], {"type": "email", "address": given["email"]}])
    elif row["email"] is None:
        row["email"] = next((one["address"] for one in row["channels"] if one["type"] == "email"), None)
    if given.get("custom_fields"):
        set_fields(account, row, "Customer", given["custom_fields"])
    if "integrations" in given:
        row["integrations"] = given["integrations"] or {}


def _refuse_taken(account: GorgiasAccount, row: Json, given: Json) -> None:
    if given.get("email") and find(account, "email", given["email"]) - {row["id"]}:
        raise Refused(409, "A customer with this email already exists.")
    if account.customers_by_external.get(given.get("external_id") or "", set()) - {row["id"]}:
        raise Refused(409, "A customer with this external_id already exists.")


def _set_channels(account: GorgiasAccount, row: Json, channels: list[Any]) -> None:
    for one in row["channels"]:
        account.customers_by_address[one["type"], _normal(one["type"], one["address"])].discard(row["id"])
    row["channels"] = [
        {
            "id": place,
            "type": one.get("type", "email"),
            "address": one.get("address", ""),
            "preferred": bool(one.get("preferred", place == 1)),
        }
        for place, one in enumerate(channels, start=1)
    ]
    for one in row["channels"]:
        account.customers_by_address[one["type"], _normal(one["type"], one["address"])].add(row["id"])


def _normal(kind: str, address: str) -> str:
    return address.strip().lower() if kind == "email" else address.strip()


def _misfit(definition: Json, value: Any) -> str | None:
    kinds: dict[str, Any] = {"text": str, "number": (int, float), "boolean": bool}
    kind = definition["definition"]["data_type"]
    right = isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if value is not None and not right:
        return f"{definition['label']}: not a valid {kind}."
    choices = definition["definition"].get("input_settings", {}).get("choices")
    if value is not None and choices and value not in choices:
        return f"{definition['label']}: {value!r} is not one of its choices."
    return None

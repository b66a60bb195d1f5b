"""Profiles as rows: found, made, changed, suppressed and merged, whoever asks for it."""

from __future__ import annotations

import re
from typing import Any

from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.errors import Refused, invalid
from connectors.sandbox.wire import Json

IDENTIFIERS = ("email", "phone_number", "external_id")
PLAIN = ("first_name", "last_name", "organization", "locale", "title", "image")
RESUBSCRIBE_LIFTS = frozenset({"UNSUBSCRIBE", "SPAM_COMPLAINT", "USER_SUPPRESSED"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


def normal(name: str, value: str) -> str:
    return value.strip().lower() if name == "email" else value.strip()


def by(account: KlaviyoAccount, name: str, value: str) -> Json | None:
    number = account.profile_by[name].get(normal(name, value))
    return account.profiles[number] if number else None


def checked(given: Json, pointer: str = "/data/attributes") -> Json:
    """The attributes with their identifiers in normal form. Raises the vendor's 400."""
    identifiers = {
        name: normal(name, given[name]) for name in IDENTIFIERS if isinstance(given.get(name), str)
    }
    if "email" in identifiers and not _EMAIL.fullmatch(identifiers["email"]):
        raise invalid("Invalid email address.", f"{pointer}/email")
    if "phone_number" in identifiers and not _PHONE.fullmatch(identifiers["phone_number"]):
        raise invalid("Invalid phone number; it must be in E.164 format.", f"{pointer}/phone_number")
    return {**given, **identifiers}


def found(account: KlaviyoAccount, given: Json, number: str | None = None) -> Json | None:
    """The profile that an id or identifiers mean. Identifiers of two profiles are a 409."""
    if number is not None:
        if number not in account.profiles:
            raise Refused(404, "not_found", "Not found.", f"A profile with id {number} does not exist.")
        return account.profiles[number]
    rows = {
        row["id"]: row for name in IDENTIFIERS if given.get(name) and (row := by(account, name, given[name]))
    }
    if len(rows) > 1:
        raise duplicate(next(iter(rows)))
    return next(iter(rows.values()), None)


def duplicate(number: str) -> Refused:
    return Refused(
        409,
        "duplicate_profile",
        "Conflict.",
        "A profile already exists with one of these identifiers.",
        pointer="/data/attributes",
        meta={"duplicate_profile_id": number},
    )


def upsert(account: KlaviyoAccount, given: Json, number: str | None = None, meta: Json | None = None) -> Json:
    """The profile these attributes mean, made when it is new, changed where they say so."""
    row = found(account, given, number)
    if row is None:
        return create(account, given, meta)
    return change(account, row, given, meta)


def create(account: KlaviyoAccount, given: Json, meta: Json | None = None) -> Json:
    if not any(given.get(name) for name in IDENTIFIERS):
        raise invalid("One of email, phone_number, external_id or id is needed.", "/data/attributes")
    now = account.stamp()
    row: Json = {
        "id": given.get("id") or account.long_id(),
        **dict.fromkeys((*IDENTIFIERS, *PLAIN)),
        "created": given.get("created") or now,
        "updated": given.get("updated") or now,
        "last_event_date": None,
        "location": dict.fromkeys(
            ("address1", "address2", "city", "country", "region", "zip", "timezone", "ip")
        ),
        "properties": {},
        "consent": {"email": ("NEVER_SUBSCRIBED", None), "sms": ("NEVER_SUBSCRIBED", None)},
        "suppression": [],
        "list_suppressions": [],
    }
    account.profiles[row["id"]] = row
    account.profiles_created.place(row["id"], row["created"])
    _set(account, row, given, meta)
    account.profiles_updated.place(row["id"], row["updated"])
    return row


def change(account: KlaviyoAccount, row: Json, given: Json, meta: Json | None = None) -> Json:
    for name in IDENTIFIERS:
        holder = by(account, name, given[name]) if given.get(name) else None
        if holder is not None and holder is not row:
            raise duplicate(holder["id"])
    _set(account, row, given, meta)
    touch(account, row)
    return row


def touch(account: KlaviyoAccount, row: Json, at: str | None = None) -> None:
    row["updated"] = at or account.stamp()
    account.profiles_updated.place(row["id"], row["updated"])


def suppress(account: KlaviyoAccount, row: Json, reason: str, at: str) -> bool:
    """Silence e-mail to a profile; False when that reason already does."""
    if any(one["reason"] == reason for one in row["suppression"]):
        return False
    row["suppression"].append({"reason": reason, "timestamp": at})
    touch(account, row, at)
    return True


def suppress_again(row: Json, reason: str, at: str) -> None:
    """Renew the stamp of what silences a profile already."""
    for one in row["suppression"]:
        if one["reason"] == reason:
            one["timestamp"] = at


def unsuppress(account: KlaviyoAccount, row: Json, reasons: frozenset[str], at: str) -> bool:
    """Lift suppressions of these reasons; False when there is none."""
    kept = [one for one in row["suppression"] if one["reason"] not in reasons]
    if len(kept) == len(row["suppression"]):
        return False
    row["suppression"] = kept
    touch(account, row, at)
    return True


def subscribe(account: KlaviyoAccount, row: Json, channel: str, at: str) -> None:
    """Record consent; on e-mail that also lifts what the person or the merchant had silenced."""
    row["consent"][channel] = ("SUBSCRIBED", at)
    if channel == "email":
        unsuppress(account, row, RESUBSCRIBE_LIFTS, at)
    touch(account, row, at)


def unsubscribe(account: KlaviyoAccount, row: Json, channel: str, list_id: str | None, at: str) -> None:
    """From one list when the person is on it, otherwise from everything."""
    if list_id is not None and row["id"] in account.members[list_id]:
        leave(account, row["id"], list_id)
        suppressed = {"list_id": list_id, "reason": "UNSUBSCRIBED", "timestamp": at}
        row["list_suppressions"].append(suppressed)
    else:
        row["consent"][channel] = ("UNSUBSCRIBED", at)
        if channel == "email":
            suppress(account, row, "UNSUBSCRIBE", at)
        for number in list(account.members):
            leave(account, row["id"], number)
    touch(account, row, at)


def join(account: KlaviyoAccount, number: str, list_id: str, at: str) -> None:
    if number not in account.members[list_id]:
        account.members[list_id].place(number, at)


def leave(account: KlaviyoAccount, number: str, list_id: str) -> None:
    if number in account.members[list_id]:
        account.members[list_id].remove(number)


def lists_of(account: KlaviyoAccount, number: str) -> list[str]:
    return [list_id for list_id, members in account.members.items() if number in members]


def remove(account: KlaviyoAccount, row: Json) -> None:
    for name in IDENTIFIERS:
        if row[name]:
            account.profile_by[name].pop(row[name], None)
    for list_id in lists_of(account, row["id"]):
        leave(account, row["id"], list_id)
    account.profiles_created.remove(row["id"])
    account.profiles_updated.remove(row["id"])
    del account.profiles[row["id"]]


def merge(account: KlaviyoAccount, source: Json, target: Json) -> Json:
    """The source's identifiers, properties, lists and events go to the target; its id is gone."""
    joined = lists_of(account, source["id"])
    remove(account, source)
    account.merged[source["id"]] = target["id"]
    missing = {name: source[name] for name in (*IDENTIFIERS, *PLAIN) if source[name] and not target[name]}
    moved = account.events_of.pop(("profile", source["id"]), None)
    for stamp, number in moved.up() if moved else ():
        account.events[number]["profile"] = target["id"]
        account.events_of["profile", target["id"]].place(number, stamp)
    for list_id in joined:
        join(account, target["id"], list_id, account.stamp())
    properties = {**source["properties"], **target["properties"]}
    return change(account, target, {**missing, "properties": properties})


def may_receive_email(row: Json) -> bool:
    return bool(row["email"]) and not row["suppression"]


def _set(account: KlaviyoAccount, row: Json, given: Json, meta: Json | None) -> None:
    for name in IDENTIFIERS:
        if name in given and given[name] != row[name]:
            account.profile_by[name].pop(row[name] or "", None)
            row[name] = given[name]
            if row[name]:
                account.profile_by[name][row[name]] = row["id"]
    row.update({name: given[name] for name in PLAIN if name in given})
    row["location"].update(given.get("location") or {})
    row["properties"].update(given.get("properties") or {})
    if meta:
        _patch(row["properties"], meta.get("patch_properties") or {})


def _patch(properties: Json, patch: Json) -> None:
    for name, value in (patch.get("append") or {}).items():
        properties[name] = [*_listed(properties.get(name)), *_listed(value)]
    for name, value in (patch.get("unappend") or {}).items():
        properties[name] = [one for one in _listed(properties.get(name)) if one not in _listed(value)]
    for name in _listed(patch.get("unset")):
        properties.pop(name, None)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]

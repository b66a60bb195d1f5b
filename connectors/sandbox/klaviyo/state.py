"""The whole account for assertions: each object flat, its id beside its attributes."""

from __future__ import annotations

from connectors.sandbox.klaviyo import people, tag_rows
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.profile_shapes import subscriptions
from connectors.sandbox.wire import Json


def profile(account: KlaviyoAccount, row: Json) -> Json:
    shown = {name: value for name, value in row.items() if name not in ("consent", "list_suppressions")}
    return {
        **shown,
        "subscriptions": subscriptions(row),
        "can_receive_email": people.may_receive_email(row),
        "lists": people.lists_of(account, row["id"]),
    }


def list_row(account: KlaviyoAccount, row: Json) -> Json:
    members = (account.profiles[number] for _, number in account.members[row["id"]].up())
    return {**row, "members": [one["email"] or one["id"] for one in members], **_tags(account, "lists", row)}


def _tags(account: KlaviyoAccount, kind: str, row: Json) -> Json:
    return {"tags": [account.tags[tag]["name"] for tag in tag_rows.on(account, kind, row["id"])]}


def whole(account: KlaviyoAccount) -> Json:
    return {
        "profiles": [profile(account, row) for row in account.profiles.values()],
        "lists": [list_row(account, row) for row in account.lists.values()],
    }

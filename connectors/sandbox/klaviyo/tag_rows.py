"""Tags as rows, and what carries them."""

from __future__ import annotations

from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import resource
from connectors.sandbox.klaviyo.routes import Call
from connectors.sandbox.wire import Json

KINDS = {"campaigns": "campaign", "flows": "flow", "lists": "list", "segments": "segment"}


def add(account: KlaviyoAccount, name: str, number: str | None = None) -> Json:
    row = {"id": number or account.uuid(), "name": name}
    account.tags[row["id"]] = row
    return row


def named(account: KlaviyoAccount, name: str) -> Json | None:
    return next((row for row in account.tags.values() if row["name"] == name), None)


def put_on(account: KlaviyoAccount, tag: str, kind: str, number: str) -> None:
    account.tagged[kind][number].add(tag)


def take_off(account: KlaviyoAccount, tag: str, kind: str, number: str) -> None:
    account.tagged[kind][number].discard(tag)


def on(account: KlaviyoAccount, kind: str, number: str) -> list[str]:
    return sorted(account.tagged[kind].get(number, ()))


def shown(call: Call, row: Json) -> Json:
    return resource(call, "tag", row["id"], {"name": row["name"]}, ("tag-group", *KINDS))


def shown_on(call: Call, kind: str, number: str) -> list[Json]:
    return [shown(call, call.account.tags[tag]) for tag in on(call.account, kind, number)]

"""Consent by background job without anything to poll.

https://developers.klaviyo.com/en/reference/bulk_subscribe_profiles
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.klaviyo import people
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import accepted
from connectors.sandbox.klaviyo.errors import invalid, missing
from connectors.sandbox.klaviyo.limits import L
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.klaviyo.shape import moment
from connectors.sandbox.wire import Json, Reply

routes = Routes()
MOST_SUBSCRIBED = 1000
MOST_UNSUBSCRIBED = 100
SCOPES = "lists:write profiles:write subscriptions:write"
LIST: Json = {"list?": {"data": {"type": {"list"}, "id": str}}}
POINTER = "/data/attributes/profiles/data"


def _channels(consent: str, dated: bool) -> Json:
    marketing: Json = {"consent": {consent}, **({"consented_at??": moment} if dated else {})}
    return {
        "email?": {"marketing?": marketing},
        "sms?": {"marketing?": marketing, "transactional?": marketing},
    }


SUBSCRIBE: Json = {
    "type": {"profile-subscription-bulk-create-job"},
    "attributes": {
        "custom_source??": str,
        "historical_import??": bool,
        "profiles": {
            "data": [
                {
                    "type": {"profile"},
                    "id??": str,
                    "attributes": {
                        "email??": str,
                        "phone_number??": str,
                        "subscriptions": _channels("SUBSCRIBED", dated=True),
                        "age_gated_date_of_birth??": str,
                    },
                }
            ]
        },
    },
    "relationships?": LIST,
}
UNSUBSCRIBE: Json = {
    "type": {"profile-subscription-bulk-delete-job"},
    "attributes": {
        "profiles": {
            "data": [
                {
                    "type": {"profile"},
                    "attributes": {
                        "email??": str,
                        "phone_number??": str,
                        "subscriptions": _channels("UNSUBSCRIBED", dated=False),
                    },
                }
            ]
        }
    },
    "relationships?": LIST,
}


@routes.on("POST", "/api/profile-subscription-bulk-create-jobs", L, SCOPES)
def subscribe(call: Call) -> Reply:
    data = call.body(SUBSCRIBE)
    given = _profiles(data, MOST_SUBSCRIBED)
    historical = bool(data["attributes"].get("historical_import"))
    if historical:
        _check_past(call.account, given)
    list_id = _list(call.account, data)
    waits = (
        list_id is not None
        and call.account.lists[list_id]["opt_in_process"] == "double_opt_in"
        and not historical
    )

    def act(row: Json, channel: str, at: str) -> None:
        if waits and channel == "email":
            return  # nothing changes before the person clicks
        people.subscribe(call.account, row, channel, at)
        if list_id is not None and list_id in call.account.members:
            people.join(call.account, row["id"], list_id, at)

    _later(call.account, given, act)
    return accepted()


@routes.on("POST", "/api/profile-subscription-bulk-delete-jobs", L, SCOPES)
def unsubscribe(call: Call) -> Reply:
    data = call.body(UNSUBSCRIBE)
    given = _profiles(data, MOST_UNSUBSCRIBED)
    list_id = _list(call.account, data)
    _later(
        call.account,
        given,
        lambda row, channel, at: people.unsubscribe(call.account, row, channel, list_id, at),
    )
    return accepted()


def _later(account: KlaviyoAccount, given: list[Json], act: Callable[[Json, str, str], None]) -> None:
    def land(at: str) -> None:
        for attributes in given:
            row = people.upsert(
                account, {name: attributes[name] for name in people.IDENTIFIERS if attributes.get(name)}
            )
            for channel in attributes["subscriptions"]:
                act(row, channel, at)

    account.later(land)


def _profiles(data: Json, most: int) -> list[Json]:
    given = data["attributes"]["profiles"]["data"]
    if not 1 <= len(given) <= most:
        raise invalid(f"Between 1 and {most} profiles can be given at once, not {len(given)}.", POINTER)
    checked = [
        people.checked(one["attributes"], f"{POINTER}/{place}/attributes") for place, one in enumerate(given)
    ]
    for place, attributes in enumerate(checked):
        if not attributes.get("email") and not attributes.get("phone_number"):
            raise invalid("One of email or phone_number is needed.", f"{POINTER}/{place}/attributes")
    return checked


def _list(account: KlaviyoAccount, data: Json) -> str | None:
    number: Any = (data.get("relationships") or {}).get("list", {}).get("data", {}).get("id")
    if number is not None and number not in account.lists:
        raise missing("list", number, "/data/relationships/list/data/id")
    return str(number) if number is not None else None


def _check_past(account: KlaviyoAccount, given: list[Json]) -> None:
    for place, attributes in enumerate(given):
        for channel in attributes["subscriptions"].values():
            at = (channel.get("marketing") or {}).get("consented_at")
            if at is None or instant(at) > account.now():
                detail = "A historical import needs a consented_at in the past."
                raise invalid(detail, f"{POINTER}/{place}/attributes/subscriptions")

"""Campaigns over the API, in the model of this revision.

https://developers.klaviyo.com/en/reference/campaigns_api_overview
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.klaviyo import campaign_rows, tag_rows, templates
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import (
    identifiers,
    many,
    matches,
    one,
    page,
    related,
    resource,
    sorted_rows,
)
from connectors.sandbox.klaviyo.errors import Refused, invalid, missing
from connectors.sandbox.klaviyo.filters import COMPARES, boolean, moment, text
from connectors.sandbox.klaviyo.limits import M, S
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.klaviyo.shape import check, day
from connectors.sandbox.klaviyo.shape import moment as is_moment
from connectors.sandbox.wire import Json, Reply

routes = Routes()
CHANNELS = {"email", "sms", "mobile_push"}
INCLUDE = ("campaign-messages", "tags")
MESSAGE_INCLUDE = Query(include=("campaign", "image", "template"))
LIST = Query(
    filters={
        "id": text("any"),
        "messages.channel": text("equals"),
        "name": text("contains"),
        "status": text("any", "equals"),
        "archived": boolean("equals"),
        "created_at": moment(*COMPARES),
        "scheduled_at": moment(*COMPARES),
        "updated_at": moment(*COMPARES),
    },
    sorts=("created_at", "id", "name", "scheduled_at", "updated_at"),
    include=INCLUDE,
    size=(100, 100),
    needs=("messages.channel",),
)
FIELDS = (
    "name", "status", "archived", "audiences", "send_options", "tracking_options", "send_strategy",
    "created_at", "scheduled_at", "updated_at", "send_time",
)  # fmt: skip
STRATEGIES: dict[str, Json] = {
    "static": {"method": {"static"}, "datetime": is_moment, "options?": dict},
    "throttled": {
        "method": {"throttled"},
        "datetime": is_moment,
        "throttle_percentage": {1, 2, 5, 10, 11, 13, 14, 17, 20, 25, 33, 50},
    },
    "immediate": {"method": {"immediate"}},
    "smart_send_time": {"method": {"smart_send_time"}, "date": day},
}


def _strategy(value: Any) -> str | None:
    method = value.get("method") if isinstance(value, dict) else None
    if method not in STRATEGIES:
        return f"needs a method of {', '.join(sorted(STRATEGIES))}"
    try:
        check(STRATEGIES[method], value)
    except Refused as refused:
        return f"cannot be read: {refused.detail}"
    return None


OPTIONS: Json = {
    "audiences?": {"included?": [str], "excluded?": [str]},
    "send_strategy?": _strategy,
    "send_options?": {"use_smart_sending??": bool},
    "tracking_options??": dict,
}
MESSAGE: Json = {
    "type": {"campaign-message"},
    "attributes": {
        "definition": {
            "channel": CHANNELS,
            "label??": str,
            "content?": dict,
            "render_options?": dict,
            "notification_type?": str,
            "kv_pairs??": dict,
            "options??": dict,
        }
    },
    "relationships?": dict,
}
CREATE: Json = {
    "type": {"campaign"},
    "attributes": {
        **OPTIONS,
        "name": str,
        "audiences": {"included": [str], "excluded?": [str]},
        "campaign-messages": {"data": [MESSAGE]},
    },
}
del CREATE["attributes"]["audiences?"]
UPDATE: Json = {"type": {"campaign"}, "id": str, "attributes": {**OPTIONS, "name??": str}}
ASSIGN: Json = {
    "type": {"campaign-message"},
    "id": str,
    "relationships": {"template": {"data": {"type": {"template"}, "id": str}}},
}


@routes.on("GET", "/api/campaigns", M, "campaigns:read", LIST)
def list_campaigns(call: Call) -> Reply:
    rows = {
        number: {**row, "messages.channel": row["channel"]} for number, row in call.account.campaigns.items()
    }
    keys, descending = sorted_rows(rows.values(), call.asked.sort, "id")
    return page(
        call,
        keys,
        rows,
        lambda row: shown(call, row),
        lambda row: matches(call, row),
        descending,
        include=lambda found: _included(call, found),
    )


@routes.on("POST", "/api/campaigns", M, "campaigns:write")
def create_campaign(call: Call) -> Reply:
    given = call.body(CREATE)["attributes"]
    messages = given["campaign-messages"]["data"]
    channels = {message["attributes"]["definition"]["channel"] for message in messages}
    if len(channels) != 1:
        raise invalid("The messages of a campaign share one channel.", "/data/attributes/campaign-messages")
    _check_audiences(call.account, given["audiences"])
    row = campaign_rows.add(call.account, given, channels.pop())
    for message in messages:
        campaign_rows.add_message(call.account, row, message["attributes"]["definition"])
    return one(call, shown(call, row), 201)


@routes.on("GET", "/api/campaigns/<number>", M, "campaigns:read", Query(include=INCLUDE))
def get_campaign(call: Call, number: str) -> Reply:
    row = get(call, number)
    return one(call, shown(call, row), included=_included(call, [row]) if call.asked.include else None)


@routes.on("PATCH", "/api/campaigns/<number>", M, "campaigns:write")
def update_campaign(call: Call, number: str) -> Reply:
    """Change a draft; audiences are overwritten whole."""
    row = get(call, number)
    given = call.body(UPDATE)["attributes"]
    if row["status"] != "Draft":
        detail = f"A campaign with the status {row['status']!r} cannot be changed, only a draft."
        raise Refused(400, "invalid", "Invalid input.", detail, pointer="/data/attributes")
    if "audiences" in given:
        _check_audiences(call.account, given["audiences"])
        given["audiences"] = {"included": [], "excluded": [], **given["audiences"]}
    row.update(given, updated_at=call.account.stamp())
    return one(call, shown(call, row))


@routes.on("DELETE", "/api/campaigns/<number>", M, "campaigns:write")
def delete_campaign(call: Call, number: str) -> Reply:
    get(call, number)
    del call.account.campaigns[number]
    return Reply(204)


@routes.on("GET", "/api/campaigns/<number>/campaign-messages", M, "campaigns:read", MESSAGE_INCLUDE)
def messages_of_campaign(call: Call, number: str) -> Reply:
    rows = [call.account.campaign_messages[message] for message in get(call, number)["messages"]]
    included = _with_messages(call, rows) if call.asked.include else None
    return many(call, [message_shown(call, row) for row in rows], included=included)


@routes.on("GET", "/api/campaigns/<number>/relationships/campaign-messages", M, "campaigns:read")
def message_ids_of_campaign(call: Call, number: str) -> Reply:
    return many(call, identifiers("campaign-message", get(call, number)["messages"]))


@routes.on("GET", "/api/campaigns/<number>/tags", S, "campaigns:read tags:read")
def tags_of_campaign(call: Call, number: str) -> Reply:
    get(call, number)
    return many(call, tag_rows.shown_on(call, "campaigns", number))


@routes.on("GET", "/api/campaign-messages/<number>", M, "campaigns:read", MESSAGE_INCLUDE)
def get_message(call: Call, number: str) -> Reply:
    row = _message(call, number)
    included = _with_messages(call, [row]) if call.asked.include else None
    return one(call, message_shown(call, row), included=included)


@routes.on("GET", "/api/campaign-messages/<number>/template", M, "campaigns:read templates:read")
def template_of_message(call: Call, number: str) -> Reply:
    row = _message(call, number)
    if row["template"] is None:
        raise missing("template", "null")
    return one(call, templates.shown(call, call.account.message_templates[row["template"]]))


@routes.on("POST", "/api/campaign-message-assign-template", M, "campaigns:write")
def assign_template(call: Call) -> Reply:
    data = call.body(ASSIGN)
    row = _message(call, data["id"])
    wanted = data["relationships"]["template"]["data"]["id"]
    if wanted not in call.account.templates:
        raise missing("template", wanted, "/data/relationships/template/data/id")
    campaign_rows.assign(call.account, row, call.account.templates[wanted])
    return one(call, message_shown(call, row))


def get(call: Call, number: str) -> Json:
    if number not in call.account.campaigns:
        raise missing("campaign", number)
    return call.account.campaigns[number]


def shown(call: Call, row: Json) -> Json:
    shown = resource(call, "campaign", row["id"], {name: row[name] for name in FIELDS}, INCLUDE)
    related(shown, "campaign-messages", "campaign-message", row["messages"])
    return related(shown, "tags", "tag", tag_rows.on(call.account, "campaigns", row["id"]))


def message_shown(call: Call, row: Json) -> Json:
    attributes = {name: row[name] for name in ("definition", "send_times", "created_at", "updated_at")}
    shown = resource(call, "campaign-message", row["id"], attributes, ("campaign", "template", "image"))
    related(shown, "campaign", "campaign", row["campaign"])
    return related(shown, "template", "template", row["template"])


def _with_messages(call: Call, rows: list[Json]) -> list[Json]:
    found: list[Json] = []
    if "campaign" in call.asked.include:
        numbers = dict.fromkeys(row["campaign"] for row in rows)
        found += [shown(call, call.account.campaigns[number]) for number in numbers]
    if "template" in call.asked.include:
        copies = call.account.message_templates
        found += [templates.shown(call, copies[row["template"]]) for row in rows if row["template"]]
    return found


def _included(call: Call, rows: list[Json]) -> list[Json]:
    found: list[Json] = []
    for row in rows:
        if "campaign-messages" in call.asked.include:
            messages = (call.account.campaign_messages[number] for number in row["messages"])
            found += [message_shown(call, message) for message in messages]
        if "tags" in call.asked.include:
            found += tag_rows.shown_on(call, "campaigns", row["id"])
    return list({(one["type"], one["id"]): one for one in found}.values())


def _check_audiences(account: KlaviyoAccount, audiences: Json) -> None:
    for side in ("included", "excluded"):
        for place, group in enumerate(audiences.get(side) or []):
            if group not in account.lists and group not in account.segments:
                detail = f"There is no list or segment {group!r}."
                raise invalid(detail, f"/data/attributes/audiences/{side}/{place}")


def _message(call: Call, number: str) -> Json:
    if number not in call.account.campaign_messages:
        raise missing("campaign-message", number)
    return call.account.campaign_messages[number]

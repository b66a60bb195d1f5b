"""Campaigns as rows: audiences, the frozen recipients of a scheduled one, and what sending does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from connectors.sandbox.clock import instant
from connectors.sandbox.klaviyo import groups, people, templates
from connectors.sandbox.klaviyo.account import KlaviyoAccount, written
from connectors.sandbox.klaviyo.errors import invalid
from connectors.sandbox.klaviyo.filters import stamp
from connectors.sandbox.wire import Json

WAITING = ("Scheduled", "Preparing to schedule", "Preparing to send", "Queued without Recipients")
RUNNING = ("Adding Recipients", "Sending", "Sending Segments")


def add(account: KlaviyoAccount, given: Json, channel: str = "email") -> Json:
    now = account.stamp()
    audiences = given.get("audiences") or {}
    row: Json = {
        "id": given.get("id") or account.long_id(),
        "name": given.get("name") or "Untitled campaign",
        "status": "Draft",
        "archived": bool(given.get("archived")),
        "channel": channel,
        "audiences": {
            "included": list(audiences.get("included") or []),
            "excluded": list(audiences.get("excluded") or []),
        },
        "send_options": given.get("send_options") or {"use_smart_sending": True},
        "tracking_options": given.get("tracking_options"),
        "send_strategy": given.get("send_strategy") or {"method": "immediate"},
        "created_at": given.get("created_at") or now,
        "scheduled_at": None,
        "updated_at": given.get("updated_at") or now,
        "send_time": None,
        "messages": [],
        "frozen": None,
        "plan": 0,
        "recipients": None,
        "skipped": [],
    }
    account.campaigns[row["id"]] = row
    return row


def add_message(
    account: KlaviyoAccount, campaign: Json, definition: Json, template: Json | None = None
) -> Json:
    """A message; its template is a copy of its own."""
    now = account.stamp()
    row: Json = {
        "id": account.long_id(),
        "campaign": campaign["id"],
        "definition": definition,
        "send_times": [],
        "created_at": now,
        "updated_at": now,
        "template": None,
    }
    if template is not None:
        assign(account, row, template)
    account.campaign_messages[row["id"]] = row
    campaign["messages"].append(row["id"])
    return row


def assign(account: KlaviyoAccount, message: Json, template: Json) -> None:
    """Give a message its own copy of a template."""
    copied = {name: value for name, value in template.items() if name not in ("id", "created", "updated")}
    message["template"] = templates.add(account, copied, account.message_templates)["id"]
    message["updated_at"] = account.stamp()


def audience(account: KlaviyoAccount, row: Json) -> list[str]:
    """The profiles the audiences mean now."""
    included = set().union(*(groups.members(account, group) for group in row["audiences"]["included"]))
    excluded = set().union(*(groups.members(account, group) for group in row["audiences"]["excluded"]))
    return sorted(included - excluded)


def launch(account: KlaviyoAccount, row: Json) -> None:
    """Schedule or send as stored; recipients are frozen now unless the account says otherwise."""
    at = _moment(account, row["send_strategy"])
    if at is not None and at <= account.now():
        raise invalid(
            "The send strategy's time has passed; set a new one first.", "/data/attributes/send_strategy"
        )
    row["plan"] += 1
    row["scheduled_at"] = account.stamp()
    row["updated_at"] = account.stamp()
    if not account.recipients_at_send:
        row["frozen"] = audience(account, row)
    if at is None:
        row.update(status="Preparing to send", send_time=account.stamp())
        account.later(_sending(account, row))
    else:
        row.update(status="Scheduled", send_time=written(at))
        account.at(at, _sending(account, row))


def revert(account: KlaviyoAccount, row: Json) -> None:
    """Back to Draft; what was frozen is forgotten."""
    row.update(status="Draft", frozen=None, scheduled_at=None, send_time=None, updated_at=account.stamp())
    row["plan"] += 1


def cancel(account: KlaviyoAccount, row: Json) -> None:
    row.update(status="Cancelled", updated_at=account.stamp())
    row["plan"] += 1


def send(account: KlaviyoAccount, row: Json, at: str) -> None:
    """Write to the recipients. Suppression is looked at now, also where recipients were frozen."""
    numbers = row["frozen"] if row["frozen"] is not None else audience(account, row)
    people_now = [account.profiles[number] for number in numbers if number in account.profiles]
    reached = [one for one in people_now if reachable(one, row["channel"])]
    row["recipients"] = [one["email"] or one["phone_number"] for one in reached]
    row["skipped"] = [one["email"] or one["id"] for one in people_now if one not in reached]
    row.update(status="Sent" if reached else "Cancelled: No Recipients", send_time=at, updated_at=at)


def reachable(profile: Json, channel: str) -> bool:
    if channel == "email":
        return people.may_receive_email(profile)
    return channel == "sms" and profile["consent"]["sms"][0] == "SUBSCRIBED" and bool(profile["phone_number"])


def _sending(account: KlaviyoAccount, row: Json) -> Callable[[str], None]:
    """Sends if the campaign is still on the same plan by then."""
    plan = row["plan"]

    def act(at: str) -> None:
        if row["plan"] == plan and row["id"] in account.campaigns:
            send(account, row, at)

    return act


def _moment(account: KlaviyoAccount, strategy: Json) -> datetime | None:
    if strategy["method"] in ("static", "throttled"):
        return instant(stamp(strategy["datetime"]))
    if strategy["method"] == "smart_send_time":
        return instant(f"{strategy['date']}T00:00:00+00:00")
    return None

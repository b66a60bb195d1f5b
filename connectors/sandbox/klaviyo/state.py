"""The whole account for assertions: each object flat, its id beside its attributes."""

from __future__ import annotations

from connectors.sandbox.klaviyo import flow_rows, groups, jobs, people, tag_rows
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


def flow(account: KlaviyoAccount, row: Json) -> Json:
    return {**row, "trigger_type": flow_rows.trigger_type(row), **_tags(account, "flows", row)}


def campaign(account: KlaviyoAccount, row: Json) -> Json:
    shown = {name: value for name, value in row.items() if name not in ("plan", "frozen", "messages")}
    frozen = (
        None
        if row["frozen"] is None
        else [account.profiles[one]["email"] for one in row["frozen"] if one in account.profiles]
    )
    messages = [account.campaign_messages[number] for number in row["messages"]]
    return {**shown, "frozen_recipients": frozen, "messages": messages, **_tags(account, "campaigns", row)}


def whole(account: KlaviyoAccount) -> Json:
    segments = [{**row, "members": _emails(account, row["id"])} for row in account.segments.values()]
    return {
        "profiles": [profile(account, row) for row in account.profiles.values()],
        "lists": [list_row(account, row) for row in account.lists.values()],
        "segments": segments,
        "flows": [flow(account, row) for row in account.flows.values()],
        "campaigns": [campaign(account, row) for row in account.campaigns.values()],
        "templates": list(account.templates.values()),
        "metrics": list(account.metrics.values()),
        "mapped_metrics": account.mapped_metrics,
        "tags": list(account.tags.values()),
        "catalog_items": list(account.catalog_items.values()),
        "events": [event(account, row) for row in account.events.values()],
        "jobs": [_job(account, row) for row in account.jobs.values()],
    }


def _job(account: KlaviyoAccount, row: Json) -> Json:
    shown = {name: row[name] for name in ("id", "kind", "created_at", "completed_at", "total_count")}
    return {**shown, "status": jobs.status(account, row)}


def event(account: KlaviyoAccount, row: Json) -> Json:
    """An event with the names of its metric and profile beside their ids."""
    holder = account.profiles.get(row["profile"]) or {}
    return {**row, "metric_name": account.metrics[row["metric"]]["name"], "email": holder.get("email")}


def _emails(account: KlaviyoAccount, group: str) -> list[str]:
    return sorted(account.profiles[one]["email"] or one for one in groups.members(account, group))


def _tags(account: KlaviyoAccount, kind: str, row: Json) -> Json:
    return {"tags": [account.tags[tag]["name"] for tag in tag_rows.on(account, kind, row["id"])]}

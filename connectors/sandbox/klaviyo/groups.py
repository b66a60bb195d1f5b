"""Lists and segments as rows, and who belongs to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.sandbox.klaviyo import audience
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import resource
from connectors.sandbox.klaviyo.routes import Call
from connectors.sandbox.order import Order
from connectors.sandbox.wire import Json

LINKED = ("profiles", "tags", "flow-triggers")


def add_list(account: KlaviyoAccount, name: str, number: str | None = None, **more: Any) -> Json:
    now = account.stamp()
    row = {"id": number or account.short_id(), "name": name, "created": now, "updated": now}
    row["opt_in_process"] = more.get("opt_in_process") or "single_opt_in"
    account.lists[row["id"]] = row
    account.members[row["id"]] = Order()
    return row


def members(account: KlaviyoAccount, group: str) -> set[str]:
    """The profiles in a list or segment now; empty for an unknown one."""
    if group in account.members:
        return {number for _, number in account.members[group].up()}
    segment = account.segments.get(group)
    if segment is None:
        return set()
    return {number for number, row in account.profiles.items() if audience.in_segment(account, segment, row)}


def list_shown(call: Call, row: Json) -> Json:
    attributes = {name: row[name] for name in ("name", "created", "updated", "opt_in_process")}
    if "profile_count" in call.asked.extras:
        attributes["profile_count"] = len(call.account.members[row["id"]])
    return resource(call, "list", row["id"], attributes, LINKED)


def lists_shown(call: Call, numbers: Iterable[str]) -> list[Json]:
    return [list_shown(call, call.account.lists[number]) for number in numbers]


def segment_shown(call: Call, row: Json) -> Json:
    names = ("name", "definition", "created", "updated", "is_active", "is_processing", "is_starred")
    attributes = {name: row[name] for name in names}
    if "profile_count" in call.asked.extras:
        attributes["profile_count"] = len(members(call.account, row["id"]))
    return resource(call, "segment", row["id"], attributes, LINKED)


def segments_shown(call: Call, profile: Json) -> list[Json]:
    """The segments a profile is in."""
    account = call.account
    rows = [row for row in account.segments.values() if audience.in_segment(account, row, profile)]
    return [segment_shown(call, row) for row in rows]

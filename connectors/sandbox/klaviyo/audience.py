"""Who fits a condition group, as segments, flow filters and splits use them.

https://developers.klaviyo.com/en/reference/create_segment
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.klaviyo.account import KlaviyoAccount, written
from connectors.sandbox.klaviyo.errors import invalid
from connectors.sandbox.wire import Json

_CUSTOM = re.compile(r"properties\['(.+)'\]")
_NUMBERS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda actual, value: bool(actual == value),
    "not-equals": lambda actual, value: bool(actual != value),
    "greater-than": lambda actual, value: bool(actual > value),
    "greater-than-or-equal": lambda actual, value: bool(actual >= value),
    "less-than": lambda actual, value: bool(actual < value),
    "less-than-or-equal": lambda actual, value: bool(actual <= value),
}
_STRINGS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda actual, value: actual == value,
    "contains": lambda actual, value: value in actual,
    "starts-with": lambda actual, value: actual.startswith(value),
    "ends-with": lambda actual, value: actual.endswith(value),
    "regex": lambda actual, value: re.search(value, actual) is not None,
}
_HOURS = {"hour": 1, "day": 24, "week": 168}


def in_segment(account: KlaviyoAccount, segment: Json, profile: Json) -> bool:
    """Whether a profile is in a segment; a seeded member list stands above the definition."""
    if segment.get("members") is not None:
        return profile["id"] in segment["members"]
    return fits(account, segment["definition"], profile)


def fits(account: KlaviyoAccount, definition: Json | None, profile: Json) -> bool:
    """Groups are joined by AND, the conditions inside a group by OR; no groups fit everybody."""
    groups = (definition or {}).get("condition_groups") or []
    return all(any(_fits(account, one, profile) for one in group["conditions"]) for group in groups)


def check(definition: Any, pointer: str) -> None:
    """Raises the vendor's 400 for a definition it would not take."""
    groups = definition.get("condition_groups") if isinstance(definition, dict) else None
    if not isinstance(groups, list):
        raise invalid("'condition_groups' is a required field.", f"{pointer}/condition_groups")
    for number, group in enumerate(groups):
        place = f"{pointer}/condition_groups/{number}/conditions"
        if not isinstance(group, dict) or not group.get("conditions"):
            raise invalid("A group needs conditions.", place)
        for inner, condition in enumerate(group["conditions"]):
            if condition.get("type") not in _READERS:
                kinds = ", ".join(sorted(_READERS))
                raise invalid(
                    f"Condition type {condition.get('type')!r}; evaluated here are {kinds}.",
                    f"{place}/{inner}",
                )


def _fits(account: KlaviyoAccount, condition: Json, profile: Json) -> bool:
    return _READERS[condition["type"]](account, condition, profile)


def _membership(account: KlaviyoAccount, condition: Json, profile: Json) -> bool:
    belongs = any(_belongs(account, group, profile) for group in condition["group_ids"])
    return belongs is condition["is_member"]


def _belongs(account: KlaviyoAccount, group: str, profile: Json) -> bool:
    if group in account.members:
        return profile["id"] in account.members[group]
    return group in account.segments and in_segment(account, account.segments[group], profile)


def _property(account: KlaviyoAccount, condition: Json, profile: Json) -> bool:
    custom = _CUSTOM.fullmatch(condition["property"])
    actual = profile["properties"].get(custom[1]) if custom else profile.get(condition["property"])
    return _passes(condition["filter"], actual, account.now())


def _consent(account: KlaviyoAccount, condition: Json, profile: Json) -> bool:
    consent = condition["consent"]
    status = (consent.get("consent_status") or {}).get("subscription", "subscribed")
    actual = profile["consent"].get(consent.get("channel", "email"), ("NEVER_SUBSCRIBED", None))[0]
    return bool(actual.lower() == status) or (status == "any" and consent.get("can_receive_marketing", True))


def _metric(account: KlaviyoAccount, condition: Json, profile: Json) -> bool:
    since = _since(account, condition["timeframe_filter"])
    events = [
        event
        for event in account.events.values()
        if event["profile"] == profile["id"]
        and event["metric"] == condition["metric_id"]
        and event["datetime"] >= since
        and all(
            _passes(one["filter"], event["properties"].get(one["property"]), account.now())
            for one in condition.get("metric_filters") or []
        )
    ]
    values = [event["value"] or 0 for event in events]
    measured = sum(values) if condition["measurement"] == "sum" else len(values)
    return _passes(condition["measurement_filter"], measured, account.now())


def _since(account: KlaviyoAccount, timeframe: Json) -> str:
    operator = timeframe.get("operator", "alltime")
    if operator == "in-the-last":
        hours = _HOURS.get(timeframe.get("unit", "day"), 24) * int(timeframe["quantity"])
        return written(account.now() - timedelta(hours=hours))
    if operator in ("after", "greater-than"):
        return written(instant(timeframe["date"]))
    return ""


def _passes(rule: Json, actual: Any, now: datetime) -> bool:
    kind, operator, value = rule["type"], rule.get("operator"), rule.get("value")
    if kind == "existence":
        return (actual is not None) == (operator == "is-set")
    if kind == "boolean":
        return actual is value
    if kind == "date":
        return _is_dated(rule, actual, now)
    if kind == "numeric":
        return isinstance(actual, int | float) and _NUMBERS[str(operator)](actual, value)
    if kind == "list":
        hit = any(one in _listed(value) for one in _listed(actual))
        return hit == ("not" not in str(operator))
    wanted = str(operator).removeprefix("not-")
    hit = any(_STRINGS.get(wanted, _STRINGS["equals"])(str(actual), str(one)) for one in _listed(value))
    return actual is not None and (hit != str(operator).startswith("not-"))


def _is_dated(rule: Json, actual: Any, now: datetime) -> bool:
    """A day or a moment in the last so many hours, days or weeks; evaluated here is no other way."""
    try:
        at = instant(str(actual))
    except ValueError:
        return False
    hours = _HOURS.get(rule.get("unit", "day"), 24) * int(rule.get("quantity", 0))
    return rule["operator"] == "in-the-last" and now - timedelta(hours=hours) <= at <= now


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


_READERS: dict[str, Callable[[KlaviyoAccount, Json, Json], bool]] = {
    "profile-group-membership": _membership,
    "profile-property": _property,
    "profile-marketing-consent": _consent,
    "profile-metric": _metric,
}

"""The rules that the helpdesk runs itself. https://developers.gorgias.com/reference/the-rule-object"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from connectors.automations import Automation
from connectors.http import Client
from connectors.values import text
from connectors.vendors.gorgias.lists import everything

_WORD = re.compile(r"[\w.\-]{2,100}")  # names and texts of the code, without its marks
_ACTION = re.compile(r"\bAction\(\s*['\"]([\w-]+)['\"]")


class ActiveRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that is switched on. ``actions`` are the names found in its code, in order."""

    id: str
    name: str
    event_types: tuple[str, ...]
    actions: tuple[str, ...]


def active(client: Client) -> list[ActiveRule]:
    listed = everything(client, "/api/rules")
    return [_rule(row) for row in listed if not row.get("deactivated_datetime")]


def _rule(row: dict[str, Any]) -> ActiveRule:
    names = (each.strip() for each in text(row.get("event_types"), 1000).split(","))
    return ActiveRule(
        id=text(row.get("id"), 30),
        name=text(row.get("name")),
        event_types=tuple(name for name in names if name),
        actions=tuple(dict.fromkeys(_ACTION.findall(text(row.get("code"), 100_000)))),
    )


def automations(client: Client) -> Iterator[Automation]:
    for row in everything(client, "/api/rules"):
        if not row.get("deactivated_datetime"):
            rule, code = _rule(row), text(row.get("code"), 100_000).lower()
            yield Automation(
                kind="rule",
                id=rule.id,
                name=rule.name,
                trigger=", ".join(rule.event_types),
                reads=tuple(dict.fromkeys(_WORD.findall(code))),
                does=tuple(each.lower() for each in rule.actions),
            )

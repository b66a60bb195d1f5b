"""The shape of a client file: which keys there are, what each takes, and what must not stand there twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.core.exceptions import ValidationError

from connectors import registry
from connectors.models import Store
from orchestrator.clientfile import credentials, parts, reading, values
from orchestrator.clientfile.parts import Part
from orchestrator.clientfile.problems import Problems, clipped
from orchestrator.clientfile.reading import Node, Told
from orchestrator.clientfile.values import Value
from rules import publish
from rules import registry as recipes
from rules.models import MOST_CUSTOMERS, Rule


class ClientFile(msgspec.Struct, frozen=True):
    store: Part
    connections: list[Part]
    rules: list[Part]


def _as_it_is(node: Node) -> Node:
    return node


LONGEST_OPTION = 128
TOP: dict[str, Value] = {"store": _as_it_is, "connections": _as_it_is, "rules": _as_it_is}
STORE: dict[str, Value] = {
    "slug": values.matching(
        r"[A-Za-z0-9_-]+", 60, "Use letters, digits, hyphens and underscores only, such as north-ridge."
    ),
    "name": values.text(120),
    "platform": values.one_of("platform", lambda: Store.Platform.values),
    "currency": values.currency,
    "timezone": values.zone,
    "country": values.or_empty(values.country),
    "keep": _as_it_is,
}
KEEP: dict[str, Value] = {
    "deliveries": values.days,
    "events": values.days,
    "run_log": values.days,
    "archive": values.flag,
}
CONNECTION: dict[str, Value] = {
    "vendor": values.one_of("vendor", registry.all_vendors, " in this version"),
    "credentials": _as_it_is,
    "options": _as_it_is,
    "api_root": values.or_empty(values.text(200)),
    "poll_every": values.seconds,
    "token": values.matching(r"[A-Za-z0-9_-]+", 64, "Use letters, digits, hyphens and underscores only."),
}
RULE: dict[str, Value] = {
    "recipe": values.one_of("recipe", recipes.all_recipes),
    "name": values.text(120),
    "mode": values.one_of("mode", lambda: Rule.Mode.values),
    "limits": _as_it_is,
    "params": _as_it_is,
}
LIMITS: dict[str, Value] = {
    "customers_per_hour": values.limit(MOST_CUSTOMERS, "customers"),
    "share_of_customers": values.limit(100, "percent"),
    "approve_above": values.limit(MOST_CUSTOMERS, "customers"),
}


def check(node: Node, environ: Mapping[str, str], problems: Problems) -> ClientFile:
    top = parts.check(node, "the file", TOP, ["store"], problems)
    unread = Node(line=node.line, value=Told())
    store = parts.check(top.values.get("store", unread), "“store”", STORE, ["slug"], problems)
    if keep := store.values.pop("keep", None):
        store.values["keep"] = parts.check(keep, "“keep”", KEEP, [], problems)
    connections = [
        _connection(each, environ, problems) for each in parts.items(top.values.get("connections"), problems)
    ]
    rules = [_rule(each, problems) for each in parts.items(top.values.get("rules"), problems)]
    parts.once(connections, "vendor", "has a connection already; there is one for each vendor", problems)
    parts.once(connections, "token", "is used already; every connection needs a token of its own", problems)
    parts.once(rules, "name", "is the name of another rule already", problems)
    return ClientFile(store, connections, rules)


def _connection(node: Node, environ: Mapping[str, str], problems: Problems) -> Part:
    part = parts.check(node, "a connection", CONNECTION, ["vendor"], problems)
    given = part.values.pop("credentials", None)
    vendor = part.values.get("vendor")
    _options(part, vendor, problems)
    if given is None or given.value is None or vendor is None:
        return part
    fields = registry.vendor_class(vendor).Credentials.base_fields
    keys = {name: credentials.field_value(field, environ) for name, field in fields.items()}
    part.values["credentials"] = parts.check(given, f"the credentials of {vendor}", keys, [], problems)
    return part


def _options(part: Part, vendor: str | None, problems: Problems) -> None:
    given = part.values.pop("options", None)
    if given is None or given.value is None or vendor is None:
        return
    fields = registry.vendor_class(vendor).Options.base_fields
    keys = dict.fromkeys(fields, values.or_empty(values.text(LONGEST_OPTION)))
    part.values["options"] = parts.check(given, f"the options of {vendor}", keys, [], problems)


def _rule(node: Node, problems: Problems) -> Part:
    part = parts.check(node, "a rule", RULE, ["recipe", "name"], problems)
    if limits := part.values.pop("limits", None):
        part.values["limits"] = parts.check(limits, "“limits”", LIMITS, [], problems)
    given = part.values.pop("params", None)
    recipe = part.values.get("recipe")
    if given is None or recipe is None:
        return part
    count = len(problems)
    raw = {} if given.value is None else reading.plain(given, problems)
    if len(problems) == count:
        _check_params(recipe, raw, given, problems)
        part.values["params"] = raw
    return part


def _check_params(recipe: str, raw: Any, given: Node, problems: Problems) -> None:
    try:
        publish.check(recipe, raw)
    except ValidationError as error:
        lines = {key: each.line for key, each in given.value.items()} if isinstance(given.value, dict) else {}
        for name, sentences in error.message_dict.items():
            title = "params" if name == "__all__" else f"params.{clipped(name)}"
            problems.add(lines.get(name, given.line), f"{title}: {' '.join(sentences)}")

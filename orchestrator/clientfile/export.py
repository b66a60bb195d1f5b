"""Writes a client as the file that would make it again, without its secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import yaml

from connectors import registry, vault
from connectors.models import Connection, Store
from orchestrator.clientfile import credentials
from orchestrator.clientfile.wishes.store import KEPT
from rules import registry as recipes
from rules.models import Rule


def text(store: Store) -> str:
    """Always in the same order, so that two exports can be compared line by line."""
    connections = sorted(store.connections.all(), key=lambda row: row.vendor)
    rules = sorted(store.rules.all(), key=lambda row: row.name)
    lines = [
        "# Secrets are left out. Applied to this client again, the file keeps the stored ones;",
        "# on another installation give them as env:NAME.",
        *_dumped({"store": _store(store)}),
        *([] if connections else ["connections: []"]),
        *(["connections:"] if connections else []),
        *(line for row in connections for line in _connection(row)),
        *(["rules:"] if rules else ["rules: []"]),
        *(line for row in rules for line in _item(_rule(row))),
    ]
    return "\n".join(lines) + "\n"


def _store(store: Store) -> dict[str, Any]:
    keys = ("slug", "name", "platform", "currency", "timezone", "country")
    kept = {key: getattr(store, column) for key, column in KEPT.items()}
    return {key: value for key in keys if (value := getattr(store, key))} | {"keep": kept}


def _connection(row: Connection) -> Iterator[str]:
    rest: dict[str, Any] = {"options": dict(sorted(row.options.items()))} if row.options else {}
    rest |= {"api_root": row.api_root} if row.api_root else {}
    yield from _item({"vendor": row.vendor})
    if not row.is_enabled:
        yield "    # It is switched off at present; a file does not say so."
    yield "    credentials:"
    yield from (f"      {line}" for line in _credentials(row))
    yield from (f"    {line}" for line in _dumped({**rest, "poll_every": row.poll_every, "token": row.token}))


def _credentials(row: Connection) -> Iterator[str]:
    """What is no secret as it is; a comment to fill in for each that is."""
    kind = registry.all_vendors().get(row.vendor)
    fields = kind.Credentials.base_fields if kind else {}
    try:
        stored = row.credentials()
    except vault.Unreadable:
        stored = dict.fromkeys(row.sealed, "")
        yield "# The stored values cannot be opened with the keys in CREDENTIAL_KEYS."
    for name in [*fields, *sorted(set(stored) - set(fields))]:
        if name in fields and not credentials.is_secret(fields[name]):
            yield from _dumped({name: stored[name]}) if stored.get(name) else ()
        elif name in stored:
            yield f'# {name}: "env:{_variable(row, name)}"'


def _variable(row: Connection, name: str) -> str:
    return f"{row.store.slug}_{row.vendor}_{name}".upper().replace("-", "_")


def _rule(row: Rule) -> dict[str, Any]:
    params = row.params if isinstance(row.params, Mapping) else {}
    known = recipes.all_recipes().get(row.recipe)
    order = list(known.Params().fields) if known else []  # as on the page of a rule
    names = [name for name in order if name in params] + sorted(set(params) - set(order))
    # Databases keep the order of names in JSON differently; below the first level it is the alphabet's.
    sorted_params = {name: _sorted(params[name]) for name in names}
    asked = {name: value for name, value in msgspec.structs.asdict(row.limits).items() if value is not None}
    limits = {"limits": asked} if asked else {}
    return {"recipe": row.recipe, "name": row.name, "mode": row.mode, **limits, "params": sorted_params}


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _item(values: Mapping[str, Any]) -> Iterator[str]:
    for number, line in enumerate(_dumped(values)):
        yield f"  {'- ' if number == 0 else '  '}{line}"


def _dumped(values: Mapping[str, Any]) -> list[str]:
    dumped: str = yaml.dump(
        dict(values),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=10_000,
        default_flow_style=False,
    )
    return dumped.rstrip("\n").split("\n")


class _Dumper(yaml.SafeDumper):
    """Without references, which our reader refuses; each value on one line, so that it can be indented."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        is_one_line = data.splitlines() in ([], [data])
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=None if is_one_line else '"')


_Dumper.add_representer(str, _Dumper.represent_str)

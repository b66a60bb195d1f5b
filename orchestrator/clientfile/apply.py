"""Applies a client file: all of it in one transaction, or nothing. No vendor is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from django.db import IntegrityError, transaction

from connectors import capabilities
from connectors.capabilities import Tool
from connectors.models import Connection, Store
from orchestrator.clientfile import reading, schema
from orchestrator.clientfile.diff import Diff
from orchestrator.clientfile.parts import Part
from orchestrator.clientfile.problems import ClientFileError, Problem, Problems
from orchestrator.clientfile.schema import ClientFile
from orchestrator.clientfile.wishes import connection, rule, store
from orchestrator.record import lacks, runlog
from rules.models import Rule


class Wishes(msgspec.Struct):
    """All that the file asks for, and what is stored beside it."""

    store: store.StoreWish
    connections: list[connection.ConnectionWish]
    rules: list[rule.RuleWish]
    left: list[str]
    tools: list[Tool]  # that are connected once it is applied

    def diff(self) -> Diff:
        linked = [each.item for each in self.connections]
        notes = [note for each in self.rules for note in rule.notes(each, self.tools)]
        return Diff([self.store.item, *linked, *(each.item for each in self.rules)], self.left, notes)


def apply(data: bytes, *, environ: Mapping[str, str], now: datetime, is_check: bool = False) -> Diff:
    """What the file changed, or with ``is_check`` would change. Raises ClientFileError with all problems."""
    problems = Problems()
    try:
        file = schema.check(reading.read(data, problems), environ, problems)
        with transaction.atomic():
            wishes = _compare(file, now, problems)
            problems.raise_if_any()
            diff = wishes.diff()
            if diff.is_change and not is_check:
                _save(wishes, diff, now)
    except ClientFileError as error:
        raise ClientFileError([*problems, *error.problems]) from None
    except IntegrityError:
        sentence = "Somebody changed the same client at this moment; nothing was written, apply it again."
        raise ClientFileError([Problem(None, sentence)]) from None
    return diff


def _compare(file: ClientFile, now: datetime, problems: Problems) -> Wishes:
    slug = file.store.values.get("slug")
    stored = Store.objects.select_for_update().filter(slug=slug).first() if slug else None
    client = store.compare(file.store, stored, problems)
    connections = {row.vendor: row for row in Connection.objects.filter(store=stored)} if stored else {}
    rules = (
        {row.name: row for row in Rule.objects.filter(store=stored).select_related("version")}
        if stored
        else {}
    )
    linked = [
        connection.compare(part, connections.get(part.values.get("vendor", "")), now, problems)
        for part in file.connections
    ]
    ruled = [rule.compare(part, rules.get(part.values.get("name", "")), problems) for part in file.rules]
    rows = {**connections, **{each.row.vendor: each.row for each in linked if each}}
    wishes = Wishes(
        store=client,
        connections=[each for each in linked if each],
        rules=[each for each in ruled if each],
        left=[
            *(f"connection {each}" for each in _unnamed(connections, file.connections, "vendor")),
            *(f"rule “{each}” ({rules[each].mode})" for each in _unnamed(rules, file.rules, "name")),
        ],
        tools=capabilities.tools(rows.values()),
    )
    store.check_platform(file.store, client.row, {name: row.role for name, row in rows.items()}, problems)
    for each in wishes.rules:
        rule.check_needs(each, wishes.tools, problems)
    return wishes


def _unnamed(stored: Iterable[str], parts: Iterable[Part], key: str) -> list[str]:
    return sorted(set(stored) - {part.values.get(key, "") for part in parts})


def _save(wishes: Wishes, diff: Diff, now: datetime) -> None:
    wishes.store.save()
    client = wishes.store.row
    for link in wishes.connections:
        link.save(client, now)
    for each in wishes.rules:
        each.save(client, now)
    lacks.look(client, now)
    runlog.note("client_applied", store_id=client.pk, told=diff.summary())

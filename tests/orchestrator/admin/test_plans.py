"""However long the ledgers get, pages are answered by an index: the database's own plan is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from connectors.models import Store
from orchestrator import backlog
from orchestrator.act import outbox, stops
from orchestrator.intake import reading
from orchestrator.models import (
    Delivery,
    Enrolment,
    InboxEvent,
    OutboxAction,
    ReorderDraft,
    RunLogEntry,
    Suppression,
)
from orchestrator.models.mirror import MIRRORS, OF_CUSTOMERS
from orchestrator.record import explain, export, retention
from orchestrator.record.retention import Budget, Kept
from rules.models import Rule
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
LONG = {
    model._meta.db_table: model
    for model in (Delivery, Enrolment, InboxEvent, OutboxAction, RunLogEntry, Suppression)
}
LISTS = {
    "first page": "",
    "failed": "?outcome__exact=failed",
    "missed triggers": "?look=triggers",
    "decisions": "?kind__exact=decision",
    "client": "?client={store}",
    "client and outcome": "?client={store}&outcome__exact=failed",
    "last hour": "?last=1h",
    "last week, failed": "?last=7d&outcome__exact=failed",
    "customer": "?q=ana@shop.test",
    "trace": "?q=" + "a" * 32,
    "older": "?older=1795343400000000~7",
    "newer": "?newer=1795343400000000~7",
    "older of a client": "?client={store}&older=1795343400000000~7",
}


@pytest.fixture
def crowd(ours: World, theirs: World, maya: User) -> World:
    """Enough rows for a plan to matter, of two clients that Maya sees and one that she does not."""
    second = examples.world("Second Goods", "sue", number=7001)
    second.store.staff.add(maya)
    for world in (ours, theirs, second):
        entries = [
            RunLogEntry(
                store=world.store,
                at=NOW - timedelta(minutes=number),
                kind=("event", "decision", "action")[number % 3],
                outcome=("ok", "skipped", "ok", "failed")[number % 4],
                code="action_done",
                subject=f"person{number}@shop.test",
                trace=f"{number:032x}",
            )
            for number in range(200)
        ]
        RunLogEntry.objects.bulk_create(entries)
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute("ANALYZE")
            cursor.execute("SET LOCAL enable_seqscan = off")  # small tables would be read whole, and rightly
    return ours


def plans(ask: Callable[[], Any]) -> Iterator[tuple[str, str]]:
    """Each question about a long table, and how the database goes about it, with its parameters bound."""
    for sql, values in statements(ask):
        if any(f'FROM "{table}"' in sql or f'UPDATE "{table}"' in sql for table in LONG):
            yield sql, plan(sql, values)


def statements(ask: Callable[[], Any]) -> list[tuple[str, Any]]:
    with recording() as asked:
        ask()
    return asked


@contextmanager
def recording() -> Iterator[list[tuple[str, Any]]]:
    """Statements as they are sent, with their parameters apart: with the values written into it, SQLite might
    use an index that it cannot use for the real one."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        if not many and sql.lstrip("(").startswith(("SELECT", "UPDATE")):
            asked.append((sql, values))
        return execute(sql, values, many, context)

    with database.execute_wrapper(note):
        yield asked


def plan(sql: str, values: Any) -> str:
    prefix = "EXPLAIN QUERY PLAN " if database.vendor == "sqlite" else "EXPLAIN "
    with database.cursor() as cursor:
        cursor.execute(prefix + sql, values)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


# Rows of rules in shadow are few among the others, so leaving them out narrows nothing down.
OF_THIS_SIDE = re.compile(r' WHERE NOT "\w+"\."is_shadow"(?! AND)')


def faults(sql: str, told: str) -> list[str]:
    """Reading a table whole, and sorting what was not narrowed down by an index before."""
    tables = "|".join(LONG)
    if " WHERE " not in OF_THIS_SIDE.sub("", sql) and " LIMIT " in sql and "TEMP B-TREE" not in told:
        return []  # the first rows of all there are, in the order of the key
    if database.vendor != "sqlite":
        return re.findall(rf"Seq Scan on (?:{tables})\b.*", told)
    found = re.findall(rf"SCAN (?:{tables}|U\d)\b(?! USING).*", told)
    is_sorted_after_scan = "USE TEMP B-TREE FOR ORDER BY" in told and re.search(rf"SCAN (?:{tables})", told)
    return [*found, *(["sorts all it scans"] if is_sorted_after_scan and not PARTIAL.search(told) else [])]


# These hold only what is still open, so they may be read whole.
PARTIAL = re.compile(
    "_owed|_shadow_due|_to_decide|_aside|_unread|_open_once|_failed|_quarantined|enrolment_running"
)


def wrong(ask: Callable[[], Any]) -> list[tuple[str, str]]:
    """The statements that read more than they need, of at least one."""
    found = list(plans(ask))
    assert found
    return [(sql, told) for sql, told in found if faults(sql, told)]


def check(ask: Callable[[], Any]) -> None:
    assert wrong(ask) == []


def check_pages(client: Client, *paths: str) -> None:
    assert {path: bad for path in paths if (bad := wrong(partial(client.get, path)))} == {}


@pytest.fixture(params=["root", "maya"])
def browser(request: pytest.FixtureRequest, crowd: World, enter: Enter) -> Client:
    """Of somebody who sees every client, and of somebody who sees two."""
    return enter(User.objects.get(username=request.param))


def test_the_run_log_is_read_along_an_index(browser: Client, crowd: World) -> None:
    queries = [query.format(store=crowd.store.pk) for query in LISTS.values()]

    check_pages(browser, *(pages.changelist(RunLogEntry) + query for query in queries))


def test_ledgers_are_read_along_an_index(browser: Client, crowd: World) -> None:
    queries = ["", "?state=all", "?state=failed", f"?client={crowd.store.pk}", "?older=~70"]
    ledgers = [
        pages.changelist(model) for model in (Delivery, Enrolment, InboxEvent, OutboxAction, Suppression)
    ]

    check_pages(browser, *(ledger + query for ledger in ledgers for query in queries))


def test_people_are_found_by_an_index(browser: Client) -> None:
    ledgers = [pages.changelist(model) for model in (Enrolment, OutboxAction, Suppression)]

    check_pages(browser, *(ledger + "?state=all&q=ana@shop.test" for ledger in ledgers))


def test_the_dashboard_reads_no_table_whole(browser: Client) -> None:
    check_pages(browser, "/admin/")


@pytest.mark.skipif(database.vendor != "sqlite", reason="PostgreSQL knows from its statistics what is rare")
def test_what_is_open_is_counted_by_its_own_index(browser: Client, crowd: World) -> None:
    """Not by one of all that a connection or a client ever had, nor by that of everybody's events."""
    paths = [*map(reverse, ("admin:index", "admin:operations")), *map(pages.changelist, (Store, Rule))]
    paths.append(pages.change(crowd.klaviyo))

    found = [each for path in paths for each in plans(partial(browser.get, path))]

    counted = "\n".join(told for sql, told in found if "COUNT(" in sql)
    heard = "\n".join(told for sql, told in found if '"heard"' in sql)
    assert {"delivery_unread", "suppression_open_once_per_cause", "vendorstate_due"} <= set(counted.split())
    assert not re.search(r"delivery_of_connection|suppression_by_store", counted)
    assert "runlog_by_store" in heard


@pytest.mark.skipif(database.vendor != "sqlite", reason="PostgreSQL weighs its indexes by what is there")
@pytest.mark.parametrize("query", ["", "boot"])
def test_what_is_to_be_reordered_is_found_by_its_state(browser: Client, query: str) -> None:
    """Most drafts are of falls that are long over."""
    asked = list(statements(partial(browser.get, pages.changelist(ReorderDraft), {"q": query})))

    told = [plan(sql, values) for sql, values in asked if 'FROM "orchestrator_reorderdraft"' in sql]
    assert told
    assert [each for each in told if "reorderdraft_by_state" not in each] == []


def test_a_trace_is_found_by_an_index(crowd: World, enter: Enter) -> None:
    entry = RunLogEntry.objects.filter(trace="0" * 31 + "5").first()
    assert entry

    found = list(plans(partial(enter(crowd.root).get, pages.change(entry))))

    assert [told for sql, told in found if faults(sql, told)] == []
    asked = [told for sql, told in found if '"trace" = ' in sql]
    assert len(asked) == 1
    assert "runlog_of_trace" in asked[0]  # not all of the client's log, though it is in the right order


def test_a_number_is_found_by_an_index(browser: Client) -> None:
    """Which begins with the client and the vendor; the one on clients alone would read all of theirs."""
    shown = [model for model in MIRRORS.values() if admin.site.is_registered(model)]
    paths = [reverse("admin:customers"), *(pages.changelist(model) for model in shown)]

    asked = [each for path in paths for each in statements(partial(browser.get, path, {"q": "4711"}))]

    told = [plan(sql, values) for sql, values in asked if '"object_id" = ' in sql]
    assert len(told) == len(OF_CUSTOMERS) + len(shown)
    if database.vendor == "sqlite":
        assert [each for each in told if "object_id=" not in each or "SCAN orchestrator" in each] == []
    else:  # which weighs its indexes by how few rows there are, and with so few any will do
        assert [each for each in told if "Seq Scan" in each] == []


def test_a_customer_is_explained_by_indexes(crowd: World) -> None:
    check(lambda: explain.story(crowd.store, "ana@shop.test", NOW))


def test_an_export_goes_along_an_index(crowd: World) -> None:
    check(lambda: list(export.stream_csv(RunLogEntry.objects.filter(store=crowd.store))))
    check(lambda: list(export.stream_csv(RunLogEntry.objects.all())))


def test_purging_looks_at_what_is_old_only(crowd: World, settings: Any, tmp_path: Any) -> None:
    settings.ARCHIVE_DIR = tmp_path

    check(lambda: retention.purge(Kept.of(crowd.store), NOW + timedelta(days=500), Budget(0.5)))


def test_work_is_found_among_what_is_open_only(crowd: World) -> None:
    check(lambda: (outbox.connections_due(NOW), outbox.claim(crowd.gorgias, NOW)))
    check(lambda: backlog.by_connection([crowd.gorgias, crowd.klaviyo], NOW))
    check(lambda: (backlog.queues(NOW, stops.in_force()), reading.with_work(NOW)))


def test_due_steps_are_found_rule_by_rule(crowd: World) -> None:
    for rules in (Rule.objects.filter(store=crowd.store), Rule.objects.all()):
        ((sql, told),) = plans(partial(backlog.steps_by_rule, rules, NOW))

        assert faults(sql, told) == []
        assert "enrolment_of_rule" in told or database.vendor != "sqlite"

"""The run log in the console: found, read in its place, and taken along as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connectors.models import Store
from orchestrator.models import RunLogEntry
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW

LOG = "/admin/orchestrator/runlogentry/"
EXPORT = "/admin/orchestrator/runlogentry/export/"


@pytest.fixture
def client(db: None, enter: Callable[[User], Client]) -> Client:
    return enter(examples.administrator())


@pytest.fixture
def store(client: Client) -> Store:
    return examples.store()


def listed(client: Client, /, **asked: str) -> list[RunLogEntry]:
    return list(client.get(LOG, asked).context["cl"].result_list)


def exported(client: Client, /, **asked: str) -> list[dict[str, str]]:
    answer: Any = client.get(EXPORT, asked)
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_every_line_is_a_sentence_with_its_outcome(client: Client, store: Store) -> None:
    examples.story(store)

    page = client.get(LOG).content.decode()

    assert "Marketing held for Gorgias ticket 8001" in page
    assert '<span class="chip info">Held</span>' in page
    assert "{" not in page.partition('id="result_list"')[2].partition("</table>")[0]


@pytest.mark.parametrize("asked", ["ana@shop.test", "  Ana@Shop.Test ", f"{8001:032x}"])
def test_a_customer_or_a_trace_is_found_exactly(asked: str, client: Client, store: Store) -> None:
    wanted = examples.story(store)
    examples.story(store, "banana@shop.test", 8002)

    assert {row.pk for row in listed(client, q=asked)} == {row.pk for row in wanted}


@pytest.mark.parametrize("asked", ["ana", "shop.test", "%", "' OR 1=1"])
def test_half_a_word_finds_nothing(asked: str, client: Client, store: Store) -> None:
    examples.story(store)

    assert listed(client, q=asked) == []
    assert "Nothing matches" in client.get(LOG, {"q": asked}).content.decode()


def test_filters_narrow_together(client: Client, store: Store) -> None:
    examples.story(store)
    other = examples.store("Other")
    wanted = examples.entry(other, "action_failed", what="Tag ticket", because="gone")
    examples.entry(other, "action_done", what="Tag ticket")
    examples.entry(store, "action_failed", what="Tag ticket", because="gone")

    found = listed(client, outcome__exact="failed", kind__exact="action", client=str(other.pk))

    assert found == [wanted]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(("last", "count"), [("1h", 1), ("24h", 2), ("7d", 3), ("30d", 4), ("never", 5)])
def test_fixed_spans_of_time(last: str, count: int, db: None, enter: Callable[[User], Client]) -> None:
    store = examples.store()
    for hours in (0.5, 5, 50, 500, 5000):
        examples.entry(store, at=NOW - timedelta(hours=hours))

    assert len(listed(enter(examples.administrator()), last=last)) == count


def test_an_unknown_client_leaves_nothing(client: Client, store: Store) -> None:
    examples.story(store)
    examples.store("Other")

    assert listed(client, client="999") == []
    assert listed(client, client="x") == []


def test_an_entry_stands_among_all_of_its_trace_in_order(client: Client, store: Store) -> None:
    story = examples.story(store)
    examples.story(store, "other@shop.test", 8002)

    answer = client.get(pages.change(story[3]))

    steps = answer.context["steps"]
    assert [step.entry for step in steps] == story
    assert [step.is_asked for step in steps] == [False, False, False, True, False]
    assert "Marketing held for Gorgias ticket 8001" in answer.content.decode()


def test_times_are_the_clients_own_with_utc_on_hover(client: Client, store: Store) -> None:
    [entry, *_] = examples.story(store)

    page = client.get(pages.change(entry)).content.decode()

    assert 'title="2026-11-22 10:30:00 UTC">22 Nov 2026, 05:30:00</time>' in page
    assert "times in America/New_York" in page


def test_facts_are_a_table_and_what_was_recorded_is_one_click_further(client: Client, store: Store) -> None:
    story = examples.story(store)

    page = client.get(pages.change(story[2])).content.decode()

    table = page.partition('<table class="facts">')[2]
    assert "it has none of the rule&#x27;s tags" in table
    assert "<summary>As recorded</summary>" in page
    assert "&quot;tag_not_listed&quot;" in page


def test_an_entry_without_a_trace_stands_alone(client: Client, store: Store) -> None:
    entry = examples.entry(store, "rule_changed", by="maya", told="paused a rule")
    examples.entry(store, "rule_changed", by="maya", told="paused another")

    answer = client.get(pages.change(entry))

    assert [step.entry for step in answer.context["steps"]] == [entry]


def test_an_entry_of_the_system_has_no_client(client: Client) -> None:
    entry = examples.entry(None, "system_failed", told="The sweep failed.")

    assert "The sweep failed." in client.get(pages.change(entry)).content.decode()
    assert "The sweep failed." in client.get(LOG).content.decode()


def test_a_code_of_another_version_is_still_readable(client: Client, store: Store) -> None:
    entry = examples.entry(store)
    RunLogEntry.objects.filter(pk=entry.pk).update(code="from_the_future")

    assert "From the future" in client.get(pages.change(entry)).content.decode()


def test_the_export_holds_what_is_filtered_oldest_first(client: Client, store: Store) -> None:
    examples.story(store)
    examples.story(store, "other@shop.test", 8002)

    rows = exported(client, q="ana@shop.test")

    assert [row["code"] for row in rows] == [
        "event_heard",
        "decided_yes",
        "decided_no",
        "hold_opened",
        "hold_applied",
    ]
    assert {row["subject"] for row in rows} == {"ana@shop.test"}


def test_the_export_holds_more_than_a_page(client: Client, store: Store) -> None:
    for _ in range(70):
        examples.entry(store)

    assert len(exported(client)) == 71  # and the line about this very export


def test_the_button_carries_the_filters(client: Client, store: Store) -> None:
    examples.story(store)

    page = client.get(LOG, {"outcome__exact": "held"}).content.decode()

    start = reverse("admin:orchestrator_exportjob_start")
    assert f'href="{start}?outcome__exact=held"' in page


def test_who_exported_what_is_noted(client: Client, store: Store) -> None:
    other = examples.store("Other")
    examples.story(other)

    exported(client, client=str(other.pk), outcome__exact="held")

    entry = RunLogEntry.objects.get(code="runlog_exported")
    assert (entry.kind, entry.store, entry.details["by"]) == ("staff", other, "root")
    assert "outcome__exact=held" in entry.details["told"]


def test_the_export_is_a_file_for_a_spreadsheet(client: Client, store: Store) -> None:
    answer = client.get(reverse("admin:orchestrator_runlogentry_export"))

    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"].startswith('attachment; filename="run-log-')
    assert client.post(EXPORT).status_code == 405


def test_an_empty_log_says_what_comes(client: Client) -> None:
    assert "wait for the first event" in client.get(LOG).content.decode()

"""The run log as CSV: columns, order, escaping, any size, and a file that is never half written."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.models import Store
from orchestrator.models import RunLogEntry
from orchestrator.record import export
from tests.scene import at, client

HEADER = (
    "id,at,store,kind,outcome,code,rule,rule_version,vendor,subject,reference,trace,attempt,sentence,details"
)


def entries(store: Store, count: int, **fields: Any) -> None:
    """Three at every moment, so that equal times lie across the borders of chunks."""
    values = {
        "kind": "action",
        "outcome": "ok",
        "code": "action_done",
        "details": {"what": "Tag it"},
        **fields,
    }
    rows = [
        RunLogEntry(store=store, at=at(0) + timedelta(seconds=each // 3), **values) for each in range(count)
    ]
    RunLogEntry.objects.bulk_create(rows, batch_size=1000)


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


def everything(store: Store) -> bytes:
    return b"".join(export.stream_csv(RunLogEntry.objects.filter(store=store)))


@pytest.mark.django_db
def test_the_columns_stand_in_the_public_order():
    assert everything(client()).decode() == f"{HEADER}\r\n"


@pytest.mark.django_db
def test_a_row_holds_what_the_entry_says():
    store = client()
    entry = RunLogEntry.objects.create(
        store=store,
        at=datetime(2026, 11, 22, 10, 0, 0, 5, tzinfo=UTC),
        kind="suppression",
        outcome="held",
        code="hold_opened",
        rule="Hold",
        rule_version=3,
        vendor="gorgias",
        subject="ana@shop.test",
        reference="gorgias:ticket:5",
        trace="t" * 32,
        attempt=2,
        details={"reference_told": "ticket “5”", "b": 1, "a": {"d": None, "c": "é"}},
    )

    (row,) = rows(everything(store))

    assert row == {
        "id": str(entry.pk),
        "at": "2026-11-22T10:00:00.000005Z",
        "store": "north-ridge",
        "kind": "suppression",
        "outcome": "held",
        "code": "hold_opened",
        "rule": "Hold",
        "rule_version": "3",
        "vendor": "gorgias",
        "subject": "ana@shop.test",
        "reference": "gorgias:ticket:5",
        "trace": "t" * 32,
        "attempt": "2",
        "sentence": "Marketing held for ticket “5”",
        "details": '{"a":{"c":"é","d":null},"b":1,"reference_told":"ticket “5”"}',
    }


@pytest.mark.django_db
def test_streaming_and_the_resource_write_the_same():
    store = client()
    entries(store, 3, vendor="klaviyo", code="hold_applied", rule="=Rule", rule_version=None)

    queryset = RunLogEntry.objects.order_by("at", "id")
    dataset = export.RunLogResource().export(queryset)

    assert dataset.csv.encode() == everything(store)


@pytest.mark.parametrize("start", list("=+-@\t\r\n\0＝＋－＠"))
def test_a_cell_that_begins_like_a_formula_is_neutralised(start: str):
    assert export.Text().render(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("harmless", ["", "1=1", "a@b.test", " =1", "'=1"])
def test_other_cells_stay_as_they_are(harmless: str):
    assert export.Text().render(harmless) == harmless


def test_numbers_are_never_quoted():
    assert export.Number().render(-5) == "-5"


@pytest.mark.django_db
def test_a_sentence_that_begins_like_a_formula_is_neutralised_too():
    store = client()
    entries(store, 1, details={"what": "=HYPERLINK()"}, rule="@SUM", reference="-1")

    (row,) = rows(everything(store))

    assert (row["sentence"], row["rule"], row["reference"]) == ("'=HYPERLINK()", "'@SUM", "'-1")


@given(st.text(), st.text())
def test_every_cell_comes_back_as_it_was_written(subject: str, told: str):
    written = export._csv([[export.Text().render(subject), export.Text().render(told)]])

    (cells,) = csv.reader(io.StringIO(written.decode(), newline=""))

    assert cells == [
        export.Text().render(each).encode("utf-8", "backslashreplace").decode() for each in (subject, told)
    ]


def test_half_a_character_does_not_stop_the_export():
    assert export._csv([["broken \ud83d"]]) == b"broken \\ud83d\r\n"


@pytest.mark.django_db
def test_every_row_comes_once_and_in_order_across_chunks():
    store = client()
    entries(store, 2 * export.CHUNK + 7)

    found = rows(everything(store))

    ids = list(RunLogEntry.objects.order_by("at", "id").values_list("id", flat=True))
    assert [int(row["id"]) for row in found] == ids


@pytest.mark.django_db
def test_rows_stored_out_of_time_order_come_once():
    store = client()
    moments = [at(5), at(1), at(5), at(3), at(1)]
    for moment in moments:
        RunLogEntry.objects.create(store=store, at=moment, kind="action", outcome="ok", code="action_done")

    found = [row["at"] for row in rows(everything(store))]

    assert found == sorted(found)
    assert len(found) == 5


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "queries"), [(0, 1), (1, 1), (export.CHUNK, 2), (export.CHUNK * 2 + 1, 3)])
def test_a_chunk_is_one_query(count: int, queries: int, django_assert_num_queries):
    store = client()
    entries(store, count)

    with django_assert_num_queries(queries):
        everything(store)


@pytest.mark.django_db
def test_the_header_is_there_before_anything_is_read(django_assert_num_queries):
    stream = export.stream_csv(RunLogEntry.objects.all())

    with django_assert_num_queries(0):
        assert next(stream).decode() == f"{HEADER}\r\n"


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_number_of_rows():
    store = client()
    entries(store, 8 * export.CHUNK, details={"what": "x" * 300})
    stream = export.stream_csv(RunLogEntry.objects.filter(store=store))
    tracemalloc.start()

    next(stream), next(stream)
    _, after_one = tracemalloc.get_traced_memory()
    written = sum(len(chunk) for chunk in stream)
    _, after_all = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert written > 4_000_000
    assert after_all < after_one * 1.7

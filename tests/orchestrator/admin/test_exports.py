"""Exports of the run log: small ones at once, large ones in the background, for whoever asked."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orchestrator.admin import exports
from orchestrator.models import ExportJob, RunLogEntry
from orchestrator.record import exporting
from tests.orchestrator.admin import examples, pages, people
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]
START = reverse("admin:orchestrator_exportjob_start")
COLUMNS = ", ".join(str(each.column) for each in RunLogEntry._meta.concrete_fields if not each.primary_key)
FILTERS = [
    "",
    "client={}",
    "outcome__exact=held",
    "kind__exact=event",
    "client={}&outcome__exact=ok&kind__exact=event",
    "look=holds",
    "look=triggers",
    "last=7d",
    "q=Ana@north-ridge-outfitters.test",
    f"q={8001:032x}",
]


def grow(world: World) -> None:
    """More lines than are streamed: those that are there, doubled again and again."""
    with database.cursor() as cursor:
        while RunLogEntry.objects.filter(store=world.store).count() <= exporting.FEW:
            cursor.execute(
                f"INSERT INTO orchestrator_runlogentry ({COLUMNS})"  # noqa: S608
                f" SELECT {COLUMNS} FROM orchestrator_runlogentry WHERE store_id = %s",
                [world.store.pk],
            )


def job(world: World, user: User, **fields: Any) -> ExportJob:
    """One that is done."""
    asked = {"told": "all of it", "conditions": {}, "stores": [world.store.pk], "until": timezone.now()}
    row = exporting.ask(asked_by=user, asked_at=timezone.now(), **{**asked, **fields})
    exporting.advance(row, timezone.now())
    return row


def file(row: ExportJob) -> str:
    return reverse("admin:orchestrator_exportjob_file", args=[row.pk])


def test_a_small_one_is_streamed_as_it_is_filtered(ours: World, maya: User, enter: Enter) -> None:
    answer = enter(maya).get(START + "?outcome__exact=held")

    assert answer["Location"] == reverse("admin:orchestrator_runlogentry_export") + "?outcome__exact=held"


def test_a_large_one_is_asked_for_written_and_downloaded(ours: World, maya: User, enter: Enter) -> None:
    client, path = enter(maya), START + "?kind__exact=suppression"
    grow(ours)
    RunLogEntry.objects.filter(store=ours.store).update(kind="suppression")

    asked = client.get(path).content.decode()
    page = client.post(path)["Location"]
    under_way = client.get(page).content.decode()
    row = ExportJob.objects.get()
    while exporting.advance(row, timezone.now()):
        pass
    ready = client.get(page).content.decode()
    answer: Any = client.get(file(row))

    assert "More than 50,000 lines" in asked
    assert "<progress" in under_way
    assert "Kind: Suppression." in ready
    text = gzip.decompress(b"".join(answer.streaming_content)).decode()
    assert text.count("\r\n") == row.lines + 1 > exporting.FEW
    entry = RunLogEntry.objects.get(code="runlog_exported")
    assert (entry.kind, entry.details["by"]) == ("staff", "maya")
    assert entry.details["told"] == f"kind: Suppression, {row.lines:,} lines"


@pytest.mark.parametrize("asked", FILTERS)
def test_the_background_takes_the_lines_that_the_list_shows(
    asked: str, ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    examples.entry(ours.store, "hold_lost", at=timezone.now())
    examples.entry(ours.store, "event_set_aside", at=timezone.now())
    query = asked.format(ours.store.pk)
    answer: Any = enter(maya).get(f"{pages.changelist(RunLogEntry)}?{query}")
    found = answer.context["cl"]

    row = ExportJob(**exports.asked_for(answer.wsgi_request, found))

    assert set(exporting.chosen(row).values_list("pk", flat=True)) == {each.pk for each in found.result_list}


def test_nobody_else_gets_it(ours: World, maya: User, enter: Enter) -> None:
    row = job(ours, maya)

    answers = [enter(ours.root).get(path) for path in (file(row), pages.change(row))]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert not RunLogEntry.objects.filter(code="runlog_exported").exists()


def test_who_lost_a_client_does_not_get_its_lines_any_more(ours: World, maya: User, enter: Enter) -> None:
    client, row = enter(maya), job(ours, maya)
    ours.store.staff.remove(maya)

    page = client.get(pages.change(row)).content.decode()

    assert client.get(file(row)).status_code == 403
    assert "cannot be downloaded" in page


def test_what_was_written_for_an_administrator_is_for_administrators(
    ours: World, maya: User, enter: Enter
) -> None:
    row = job(ours, maya, stores=None)

    assert enter(maya).get(file(row)).status_code == 403


def test_a_client_viewer_may_export_what_they_read(ours: World, enter: Enter) -> None:
    viewer = people.in_role("Client viewer", "vera", ours.store)
    row = job(ours, viewer)

    answer: Any = enter(viewer).get(file(row))

    assert gzip.decompress(b"".join(answer.streaming_content)).count(b"\r\n") == row.lines + 1


def test_it_can_be_stopped_and_deleted_twice(ours: World, maya: User, enter: Enter) -> None:
    client, row = enter(maya), job(ours, maya)
    drop = reverse("admin:orchestrator_exportjob_drop", args=[row.pk])

    answers = [client.post(drop)["Location"] for _ in range(2)]

    assert answers == [pages.changelist(ExportJob)] * 2
    assert not ExportJob.objects.exists()

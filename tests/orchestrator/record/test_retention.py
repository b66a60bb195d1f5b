"""What is over its time goes, nothing else does, and the run log is in its file before it goes."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connectors.models import Store
from orchestrator import work
from orchestrator.models import Attention, Delivery, InboxEvent, OutboxAction, RunLogEntry, Suppression
from orchestrator.record import retention
from orchestrator.record.retention import Budget, Kept
from tests.orchestrator.admin import examples
from tests.scene import client, connection, hear, held, live_rule, ticket

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.ARCHIVE_DIR = tmp_path / "archive"
    return tmp_path / "archive"


def purge(store: Store | None, now: datetime = NOW) -> int:
    owner = Kept.of(Store.objects.get(pk=store.pk)) if store else Kept.of_nobody()
    return retention.purge(owner, now, Budget(60))


def line(store: Store | None, days: float, what: str = "Tag it", **fields: Any) -> RunLogEntry:
    return examples.entry(store, "action_done", NOW - days * DAY, what=what, **fields)


def archived(folder: Path) -> dict[str, list[str]]:
    """The ids in every file, by its place."""
    return {
        str(path.relative_to(folder)): [
            row["id"] for row in csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode()))
        ]
        for path in sorted(folder.rglob("*.gz"))
    }


def left(store: Store | None) -> set[str]:
    """What the log still tells, but for the lines about purging."""
    return set(
        RunLogEntry.objects.filter(store=store).exclude(code="purged").values_list("details__what", flat=True)
    )


def test_old_lines_of_the_run_log_go_into_one_file_for_each_month(folder: Path) -> None:
    store = client()
    old = [line(store, days) for days in (440, 430, 402)]  # 11 and 21 September, 19 October 2025
    line(store, 399, "Young")

    assert purge(store) == 3

    assert left(store) == {"Young"}
    assert archived(folder) == {
        f"north-ridge.{store.pk}/run-log-2025-09.csv.gz": [str(old[0].pk), str(old[1].pk)],
        f"north-ridge.{store.pk}/run-log-2025-10.csv.gz": [str(old[2].pk)],
    }


def test_what_went_is_one_line_of_the_run_log() -> None:
    store = client()
    line(store, 500), line(store, 500)
    examples.delivery(connection(store, "gorgias"), "read", received_at=NOW - 40 * DAY)

    purge(store)

    told = RunLogEntry.objects.get(code="purged")
    assert (told.kind, told.details["told"]) == ("system", "1 delivery, 2 lines of the run log")


def test_archives_are_for_their_owner_only(folder: Path) -> None:
    store = client()
    line(store, 500)

    purge(store)

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.rglob("*"))}
    assert set(modes.values()) == {"0o700", "0o600"}
    assert {mode for name, mode in modes.items() if name.endswith(".gz")} == {"0o600"}


def test_an_archive_grows_and_stays_one_readable_file(folder: Path) -> None:
    store = client()
    for days in (420, 419, 418):
        line(store, days)
        purge(store)

    (ids,) = archived(folder).values()
    assert len(ids) == 3


def test_without_an_archive_lines_just_go(folder: Path) -> None:
    store = client()
    Store.objects.update(is_archived=False)
    line(store, 500)

    assert purge(store) == 1
    assert not folder.exists()


def test_zero_days_is_for_ever() -> None:
    store = client()
    Store.objects.update(keep_run_log=0, keep_events=0, keep_deliveries=0)
    line(store, 5000, "Old")
    examples.event(connection(store, "gorgias"), 1, "done", received_at=NOW - 5000 * DAY)

    assert purge(store) == 0
    assert left(store) == {"Old"}


def test_deliveries_and_events_go_by_their_own_days() -> None:
    store = client()
    place = connection(store, "gorgias")
    for number, days in enumerate((29, 31)):
        examples.delivery(place, "read", received_at=NOW - days * DAY)
        examples.event(place, number, "done", received_at=NOW - (days + 150) * DAY)

    assert purge(store) == 2
    assert Delivery.objects.get().received_at == NOW - 29 * DAY
    assert InboxEvent.objects.get().received_at == NOW - 179 * DAY


def test_what_is_not_done_with_never_goes() -> None:
    store, long_ago = client(), NOW - 2000 * DAY
    place = connection(store, "gorgias")
    for state in ("new", "quarantined"):
        examples.delivery(place, state, received_at=long_ago)
    for number, state in enumerate(("new", "reread", "aside")):
        examples.event(place, number, state, received_at=long_ago)
    for number, state in enumerate(("waiting", "claimed", "accepted", "in_doubt")):
        examples.action(place, number, state, created_at=long_ago)
    examples.suppression(examples.rule(store), "ana@shop.test", opened_at=long_ago)

    assert purge(store) == 0


def test_settled_actions_and_closed_suppressions_go_with_the_run_log() -> None:
    store, begun = client(), NOW - 450 * DAY
    place, rule = connection(store, "gorgias"), examples.rule(store)
    for number, days in enumerate((401, 399)):
        ended = NOW - days * DAY
        examples.action(place, number, "done", created_at=begun, settled_at=ended)
        examples.suppression(rule, f"{days}@shop.test", number, opened_at=begun, closed_at=ended)

    assert purge(store) == 2
    assert OutboxAction.objects.get().settled_at == NOW - 399 * DAY
    assert Suppression.objects.get().subject == "399@shop.test"


def test_what_cannot_go_hides_nothing_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    store = client()
    place = connection(store, "gorgias")
    monkeypatch.setattr(retention, "SLICE", 2)
    for number, state in enumerate(("aside", "aside", "aside", "done", "done", "aside", "done")):
        examples.event(place, number, state, received_at=NOW - 200 * DAY)

    assert purge(store) == 3
    assert set(InboxEvent.objects.values_list("state", flat=True)) == {"aside"}


def test_another_client_keeps_what_it_wants_to_keep() -> None:
    ours, theirs = client("ours"), client("theirs")
    Store.objects.filter(pk=theirs.pk).update(keep_run_log=1000)
    line(ours, 500), line(theirs, 500, "Theirs")

    assert purge(ours) + purge(theirs) == 1
    assert left(theirs) == {"Theirs"}


@pytest.mark.parametrize(("days", "gone"), [((400, 600), 1), ((400, 0), 0), ((), 2)])
def test_lines_of_no_client_are_kept_as_long_as_any_others(days: tuple[int, ...], gone: int) -> None:
    for number, each in enumerate(days):
        client(f"client-{number}")
        Store.objects.filter(slug=f"client-{number}").update(keep_run_log=each)
    line(None, 500), line(None, 700)

    assert purge(None) == gone


def test_the_same_day_deletes_once() -> None:
    store = client()
    line(store, 400.2, "Yesterday's limit")  # 24 October 2025, 04:42
    midnight = NOW.replace(hour=0, minute=0)

    gone = [
        purge(store, midnight - DAY / 24),
        purge(store, midnight),
        purge(store, NOW),
        purge(store, NOW + DAY),
    ]

    assert gone == [0, 0, 0, 1]


def test_an_old_snapshot_told_again_changes_nothing_after_its_event_is_gone() -> None:
    store = client()
    live_rule(store)
    opened, closed = ticket(), ticket(minutes=5, is_open=False)
    hear(store, opened, closed)
    InboxEvent.objects.update(received_at=NOW - 200 * DAY)
    before = (held(store), Suppression.objects.values_list("pk", "closed_at").get())
    assert purge(store) == 2

    hear(store, opened, closed, origin=InboxEvent.Origin.POLL)

    codes = RunLogEntry.objects.exclude(code="purged").order_by("-pk").values_list("code", flat=True)[:2]
    assert set(codes) == {"event_stale", "event_unchanged"}
    assert (held(store), Suppression.objects.values_list("pk", "closed_at").get()) == before
    assert not OutboxAction.objects.exists()


def test_a_folder_that_cannot_be_written_keeps_the_run_log_and_is_shown(folder: Path) -> None:
    store = client()
    line(store, 500, "Old")
    examples.delivery(connection(store, "gorgias"), "read", received_at=NOW - 40 * DAY)
    folder.write_text("a file where the folder should be")

    assert purge(store) == 1

    assert left(store) == {"Old"}
    alarm = Attention.objects.get()
    assert (alarm.code, alarm.store) == ("archive_failing", store)
    assert "North Ridge: the run log cannot be archived" in alarm.sentence


def test_the_alarm_is_over_when_the_archive_can_be_written_again(folder: Path) -> None:
    store = client()
    line(store, 500)
    folder.write_text("in the way")
    purge(store)
    folder.unlink()

    purge(store)

    assert not Attention.objects.open().exists()
    assert len(archived(folder)) == 1


def test_a_run_ends_when_its_time_is_used_up() -> None:
    store = client()
    line(store, 500, "Old")

    assert retention.purge(Kept.of(store), NOW, Budget(0)) == 0
    assert left(store) == {"Old"}


def test_the_work_of_a_pretended_time_deletes_by_the_real_one() -> None:
    store = client()
    examples.entry(store, "action_done", timezone.now() - 500 * DAY, what="Old")
    examples.entry(store, "action_done", timezone.now(), what="New")

    assert work.purge(timezone.now() + 3000 * DAY) == 1
    assert left(store) == {"New"}


def test_the_command_tells_and_deletes(capsys: pytest.CaptureFixture[str]) -> None:
    store = client()
    examples.entry(store, "action_done", timezone.now() - 500 * DAY, what="Old")

    call_command("purge", store="north-ridge", check=True)
    assert capsys.readouterr().out == "North Ridge: 1 line of the run log would go\n"
    call_command("purge")

    assert "North Ridge: nothing left" in capsys.readouterr().out
    assert left(store) == set()


def test_the_command_fails_when_something_stays(folder: Path) -> None:
    examples.entry(client(), "action_done", timezone.now() - 500 * DAY, what="Old")
    folder.write_text("in the way")

    with pytest.raises(CommandError, match="Not everything could be deleted \\(North Ridge\\)"):
        call_command("purge")

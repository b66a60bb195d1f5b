"""A history is read once, goes on where it stopped, and is never taken for news."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from connectors import registry
from connectors.errors import NeedsAttention, Refused, TryLater
from connectors.models import Connection, Cursor
from orchestrator import work
from orchestrator.intake import importing, polling
from orchestrator.models import Attention, Import, InboxEvent, RunLogEntry
from tests import scene
from tests.orchestrator.intake.ledger import WAIT, Book, Ledger

pytestmark = pytest.mark.django_db
State = Import.State
NOW = scene.at(10)
LATER = NOW + timedelta(seconds=WAIT)


class Killed(BaseException):
    """Nothing catches it, as nothing catches a SIGKILL."""


@pytest.fixture
def book() -> Iterator[Book]:
    """The storefront with its book is one of the vendors while the test runs."""
    Ledger.book = Book()
    Ledger.book.stamps = [scene.at(-minutes) for minutes in range(9, 0, -1)]
    registry.all_vendors()[Ledger.slug] = Ledger
    yield Ledger.book
    del registry.all_vendors()[Ledger.slug]


@pytest.fixture
def connection(book: Book) -> Connection:
    store = scene.client(vendors=["ledger"])
    Connection.objects.update(health=Connection.Health.HEALTHY)
    return scene.connection(store, "ledger")


def customers() -> Import:
    return Import.objects.get(kind="customer")


def heard() -> list[str]:
    return sorted(InboxEvent.objects.values_list("object_id", flat=True))


def begin(connection: Connection) -> None:
    """Asked for, and prepared by the vendor meanwhile."""
    importing.want(connection, NOW)
    importing.advance(connection, NOW, lambda: None)


def advance(connection: Connection, now: datetime = LATER) -> int:
    return importing.advance(connection, now, lambda: None)


def test_it_begins_with_the_first_good_call_and_polling_begins_there(connection, book):
    Connection.objects.update(health=Connection.Health.UNTESTED)
    connection.refresh_from_db()

    assert work.import_due(NOW) == 0
    work.poll_due(NOW)
    assert book.polled == []
    work.import_due(NOW)
    work.poll_due(NOW)

    assert book.polled == ["customer began"]
    assert {row.state for row in Import.objects.all()} == {State.RUNNING}


def test_a_storefront_without_a_history_is_polled_from_the_beginning(connection, book):
    importing.want(connection, NOW)
    Import.objects.update(state=State.FAILED)

    polling.poll(connection, NOW)

    assert book.polled == [""]


def test_a_history_that_cannot_be_begun_holds_polling_up_for_a_while_only(connection, book):
    importing.want(connection, NOW)

    polling.poll(connection, NOW + polling.PATIENCE)
    assert book.polled == []
    polling.poll(connection, NOW + polling.PATIENCE + timedelta(seconds=1))

    assert book.polled == [""]


def test_polling_that_has_begun_is_not_moved_by_another_reading(connection):
    Cursor.objects.create(connection=connection, stream=polling.STREAM, watermark="far on")

    begin(connection)

    assert Cursor.objects.get().watermark == "far on"


def test_what_the_vendor_prepares_is_waited_for(connection):
    begin(connection)

    assert importing.due(NOW) == []
    assert importing.due(LATER) == [connection.pk]
    assert (customers().state, customers().due_at) == (State.RUNNING, LATER)


def test_it_is_read_to_its_end(connection):
    begin(connection)

    advance(connection)

    row = customers()
    assert (row.state, row.read, row.total, row.finished_at) == (State.DONE, 9, 9, LATER)
    assert heard() == sorted(map(str, range(9)))
    assert set(InboxEvent.objects.values_list("origin", flat=True)) == {InboxEvent.Origin.IMPORT}
    codes = RunLogEntry.objects.filter(code__startswith="import_").values_list("code", flat=True)
    assert sorted(codes) == ["import_done"] * 2 + ["import_started"] * 2
    assert importing.due(LATER + timedelta(days=1)) == []


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_killed_after_any_step_it_goes_on_there(connection, book, steps):
    begin(connection)
    left = iter([None] * (steps - 1))

    def decide() -> None:
        if next(left, Killed) is Killed:
            raise Killed

    with pytest.raises(Killed):
        importing.advance(connection, LATER, decide)
    assert customers().read == len(heard()) == steps * book.page
    advance(connection)

    assert heard() == sorted(map(str, range(9)))
    assert book.steps == 5 + 1  # none was read twice; the other kind has one


def test_what_changed_since_it_was_asked_for_is_news(connection, book):
    book.stamps[3] = NOW
    book.stamps[4] = LATER
    begin(connection)

    advance(connection)

    news = InboxEvent.objects.filter(origin=InboxEvent.Origin.POLL)
    assert sorted(news.values_list("object_id", flat=True)) == ["3", "4"]


def test_one_worker_at_a_time_reads_a_connection(connection):
    begin(connection)
    Import.objects.update(lease_token="other", lease_until=timezone.now() + timedelta(minutes=1))

    assert importing.due(LATER) == []
    assert advance(connection) == 0
    Import.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert advance(connection) > 0


def test_asked_for_again_whoever_is_at_it_stops_and_nothing_is_doubled(connection, book):
    begin(connection)

    importing.advance(connection, LATER, lambda: importing.want(connection, LATER))
    assert (customers().state, customers().position) == (State.WANTED, "")
    for moment in (LATER, LATER + timedelta(seconds=WAIT)):
        advance(connection, moment)

    assert customers().state == State.DONE
    assert heard() == sorted(map(str, range(9)))


def test_reading_waits_while_much_is_undecided(connection):
    begin(connection)
    waiting = [
        InboxEvent(
            store=connection.store,
            connection=connection,
            key=str(number),
            source_at=NOW,
            received_at=NOW,
            body=b"{}",
        )
        for number in range(importing.FULL)
    ]
    InboxEvent.objects.bulk_create(waiting)

    advance(connection)

    assert (customers().state, customers().read) == (State.READING, 2)


def test_a_vendor_that_has_to_be_waited_for_is(connection, book):
    begin(connection)
    book.trouble[2] = TryLater("The store is busy.", code="throttled", after=90)

    advance(connection)

    row = customers()
    assert (row.read, row.due_at, row.told) == (2, LATER + timedelta(seconds=90), "The store is busy.")
    assert Import.objects.get(kind="product").state == State.DONE


def test_a_key_that_is_refused_needs_a_person_and_is_tried_again(connection, book):
    begin(connection)
    book.trouble[1] = NeedsAttention("The key is wrong.", code="credentials_rejected")

    advance(connection)

    assert Attention.objects.open().get().code == "connection_failing"
    assert customers().due_at == LATER + importing.RETRY_AFTER_ATTENTION
    advance(connection, LATER + importing.RETRY_AFTER_ATTENTION)
    assert customers().state == State.DONE


def test_what_the_vendor_gave_up_is_begun_again_and_shown_in_the_end(connection, book):
    moment = NOW
    importing.want(connection, moment)
    for attempt in range(1, 1 + importing.TRIES):
        advance(connection, moment)
        book.trouble[book.steps + 1] = Refused("Shopify gave up.", code="bulk_failed")
        moment += timedelta(seconds=WAIT)
        advance(connection, moment)
        assert (customers().attempts, customers().position) == (attempt, "")
        moment += attempt * importing.RETRY

    assert customers().state == State.FAILED
    alarm = Attention.objects.open().get()
    assert (alarm.code, alarm.reference) == ("import_failed", "ledger:customer")
    assert "its customers could not be read. Shopify gave up." in alarm.sentence
    importing.want(connection, moment)
    assert not Attention.objects.open().exists()


def test_a_fault_of_ours_keeps_what_was_read(connection, book):
    begin(connection)
    book.trouble[3] = ZeroDivisionError()

    advance(connection)

    row = customers()
    assert (row.read, row.attempts, row.state) == (4, 1, State.READING)
    advance(connection, LATER + importing.RETRY)
    assert customers().state == State.DONE


def test_between_the_steps_it_is_decided(connection, book):
    begin(connection)

    work.import_due(LATER)

    assert set(InboxEvent.objects.values_list("state", flat=True)) == {InboxEvent.State.DONE}

"""Polling Gorgias: nothing that changed is missed, and the watermark claims no more than was shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import NeedsAttention, TryLater
from connectors.types import Page, TicketSnapshot
from connectors.vendors.gorgias.polling import LOOK_BACK, OVERLAP
from tests.connectors.accounts import FakeAccount

NOW = datetime(2031, 5, 14, 12, 0, tzinfo=UTC)  # later than the machine, so that no stamp is in between


@pytest.fixture(autouse=True)
def _at_noon(gorgias: FakeAccount) -> None:
    set_clock(gorgias, NOW)


def set_clock(account: FakeAccount, moment: datetime) -> None:
    account.control("POST", "clock", {"now": moment.isoformat()})


def without_limits(account: FakeAccount) -> None:
    account.control("POST", "limits", {"on": False})


def history(
    count: int, newest: datetime = NOW, apart: timedelta = timedelta(hours=1)
) -> list[dict[str, Any]]:
    """Tickets of the past, newest first."""
    moments = [newest - apart * each for each in range(count)]
    return [
        {
            "email": f"p{each}@shop.test",
            "created_datetime": moment.isoformat(),
            "updated_datetime": moment.isoformat(),
        }
        for each, moment in enumerate(moments)
    ]


def poll(account: FakeAccount, watermark: str = "", **options: Any) -> list[Page]:
    return list(account.open(**options).poll(watermark))


def tickets_of(page: Page) -> list[TicketSnapshot]:
    return [each for each in page.snapshots if isinstance(each, TicketSnapshot)]


def ids(pages: list[Page]) -> set[str]:
    return {snapshot.id for page in pages for snapshot in page.snapshots}


def mark(pages: list[Page]) -> str:
    """The watermark, which only the last page has."""
    *others, last = (page.watermark for page in pages)
    assert others == [None] * len(others)
    assert last is not None
    return last


def at(pages: list[Page]) -> datetime:
    return datetime.fromisoformat(json.loads(mark(pages))["at"])


def test_a_poll_yields_page_by_page_and_the_watermark_last(gorgias):
    gorgias.seed(tickets=history(250))

    pages = poll(gorgias)

    assert [len(page.snapshots) for page in pages] == [100, 100, 50, 0]
    assert [page.watermark is None for page in pages] == [True, True, True, False]
    assert len(ids(pages)) == 250


def test_the_first_poll_reads_back_no_further_than_it_says(gorgias):
    gorgias.seed(
        tickets=[
            *history(1, newest=NOW - LOOK_BACK + timedelta(minutes=1)),
            *history(1, newest=NOW - LOOK_BACK - timedelta(minutes=1)),
        ]
    )

    assert len(ids(poll(gorgias))) == 1


def test_the_next_poll_brings_only_what_is_newer_than_the_overlap(gorgias):
    gorgias.seed(tickets=history(3, apart=OVERLAP * 2))
    watermark = mark(poll(gorgias))
    new = gorgias.do("ticket_open", email="new@shop.test")

    pages = poll(gorgias, watermark)

    assert str(new["id"]) in ids(pages)
    assert len(ids(pages)) == 2  # the new one, and the newest from before


def test_when_nothing_is_new_a_poll_takes_two_calls(gorgias):
    gorgias.seed(tickets=history(250))
    first = poll(gorgias)
    before = len(gorgias.requests())

    again = poll(gorgias, mark(first))

    assert len(gorgias.requests()) - before == 2
    assert at(again) == at(first)  # the other mark, of events, is the vendor's clock, which goes on


def test_a_ticket_that_moves_while_pages_are_read_is_not_lost(gorgias):
    planted = gorgias.seed(tickets=history(150))["tickets"]
    run = gorgias.open().poll("")
    first = next(run)
    set_clock(gorgias, NOW + timedelta(seconds=30))
    moved = str(planted[-1])
    gorgias.do("ticket_reply", id=moved)

    rest = list(run)
    following = poll(gorgias, mark(rest))

    assert moved not in ids([first])
    assert moved in ids(following)
    assert ids([first, *rest, *following]) == {str(each) for each in planted}


def test_the_watermark_is_the_newest_row_and_not_the_time_of_the_poll(gorgias):
    gorgias.seed(tickets=history(2, newest=NOW - timedelta(hours=3)))

    assert at(poll(gorgias)) == NOW - timedelta(hours=3)


def test_the_watermark_never_passes_the_vendors_own_clock(gorgias):
    gorgias.seed(tickets=history(1, newest=NOW + timedelta(days=30)))

    pages = poll(gorgias)

    assert len(ids(pages)) == 1
    assert at(pages) <= NOW + timedelta(seconds=1)


def test_a_watermark_from_the_future_comes_back_to_the_vendors_clock(gorgias):
    gorgias.seed(tickets=history(1))
    future = json.dumps({"at": (NOW + timedelta(days=3)).isoformat()})

    assert at(poll(gorgias, future)) <= NOW + timedelta(seconds=1)


def test_an_empty_account_starts_from_the_vendors_clock_and_then_stays(gorgias):
    first = poll(gorgias)
    set_clock(gorgias, NOW + timedelta(hours=1))
    second = poll(gorgias, mark(first))

    assert timedelta(0) <= at(first) - (NOW - OVERLAP) <= timedelta(seconds=1)
    assert at(second) == at(first)


@pytest.mark.parametrize("watermark", ["", "nonsense", "{}", '{"at": "2026-11-22T12:00:00"}', '{"at": 7}'])
def test_a_watermark_that_cannot_be_read_means_the_beginning(gorgias, watermark):
    gorgias.seed(tickets=history(2, apart=timedelta(days=30)))

    assert len(ids(poll(gorgias, watermark))) == 2


@pytest.mark.parametrize(
    ("verb", "more"), [("ticket_trash", {}), ("ticket_delete", {}), ("ticket_merge", {"into": True})]
)
def test_a_ticket_that_leaves_the_list_is_named(gorgias, verb, more):
    first, second = gorgias.seed(tickets=history(2))["tickets"]
    watermark = mark(poll(gorgias))
    gorgias.do(verb, id=first, **({"into": second} if more else {}))

    pages = poll(gorgias, watermark)

    named = [reference for page in pages for reference in page.references]
    assert str(first) in {reference.id for reference in named}
    assert all(reference.kind == "ticket" and reference.known_at for reference in named)


def test_a_ticket_that_left_long_ago_is_named_once_and_not_for_ever(gorgias):
    first = gorgias.seed(tickets=history(2))["tickets"][0]
    watermark = mark(poll(gorgias))
    gorgias.do("ticket_trash", id=first)
    for minutes in (1, 10, 20):
        set_clock(gorgias, NOW + timedelta(minutes=minutes))
        pages = poll(gorgias, watermark)
        watermark = mark(pages)

    assert [page.references for page in pages if page.references] == []


@pytest.mark.parametrize("status", [400, 403, 404])
def test_without_the_event_log_the_list_still_works(gorgias, status):
    gorgias.seed(tickets=history(2))
    watermark = mark(poll(gorgias))
    gorgias.fault("/api/events", "status", status=status)

    assert mark(poll(gorgias, watermark)) is not None


def test_a_key_that_is_rejected_at_the_event_log_is_not_overlooked(gorgias):
    watermark = mark(poll(gorgias))
    gorgias.fault("/api/events", "status", status=401)

    with pytest.raises(NeedsAttention):
        poll(gorgias, watermark)


def test_a_failure_between_pages_leaves_no_watermark(gorgias):
    gorgias.seed(tickets=history(150))
    run = gorgias.open().poll("")
    pages = [next(run)]
    gorgias.fault("/api/tickets", "status", status=503)

    with pytest.raises(TryLater):
        pages += run

    assert all(page.watermark is None for page in pages)


def throttled_poll(account: FakeAccount, watermark: str) -> list[Page]:
    """A poll that meets the rate limit after its fourth page, however fast this machine is."""
    pages: list[Page] = []
    for page in account.open().poll(watermark):
        pages.append(page)
        if len(pages) == 4:
            account.fault("/api/", "status", status=429, when="before", times=1)
    account.control("DELETE", "faults")
    return pages


def test_a_long_way_back_is_read_in_parts_when_the_rate_limit_stops_it(gorgias):
    without_limits(gorgias)
    planted = gorgias.seed(tickets=history(1200, apart=timedelta(minutes=10)))["tickets"]
    seen, watermark, polls = set[str](), "", 0

    while len(seen) < len(planted) and polls < 10:
        pages = throttled_poll(gorgias, watermark)
        seen |= ids(pages)
        watermark = mark(pages)
        polls += 1

    assert seen == {str(each) for each in planted}
    assert polls > 1
    assert at(poll(gorgias, watermark)) == NOW


def test_catching_up_goes_on_where_it_stopped(gorgias):
    gorgias.seed(tickets=history(300))
    run = gorgias.open().poll("")
    pages = [next(run)]
    gorgias.fault("/api/tickets", "status", status=429)
    behind = mark([*pages, *run])
    gorgias.fault("/api/views/0/items", "status", status=429, times=None, method="PUT")

    with pytest.raises(TryLater):
        poll(gorgias, behind)

    gorgias.control("DELETE", "faults")
    stamps = [snapshot.source_at for page in poll(gorgias, behind) for snapshot in page.snapshots]
    assert stamps == sorted(stamps)
    assert stamps[0] == NOW - timedelta(hours=299)


def test_without_views_a_long_way_back_is_read_the_other_way(gorgias):
    without_limits(gorgias)
    gorgias.seed(tickets=history(120))
    behind = json.dumps({"at": (NOW - LOOK_BACK).isoformat(), "is_behind": True})
    gorgias.fault("/api/views/0/items", "status", status=404, method="PUT")

    pages = poll(gorgias, behind)

    assert len(ids(pages)) == 120
    assert "is_behind" not in json.loads(mark(pages))


def test_wanted_intents_of_many_tickets_are_read_across_the_rate_limit(gorgias):
    rows = [{**each, "intents": ["return/request"]} for each in history(60)]
    gorgias.seed(tickets=rows)
    seen: dict[str, tuple[str, ...]] = {}
    watermark = ""
    for minute in range(1, 5):
        pages = poll(gorgias, watermark, wants=frozenset({"ticket.intents"}))
        seen |= {each.id: each.intents for page in pages for each in tickets_of(page)}
        watermark = mark(pages)
        set_clock(gorgias, NOW + timedelta(minutes=minute))

    assert len(seen) == 60
    assert set(seen.values()) == {("return/request",)}

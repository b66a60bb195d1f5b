"""Long lists page by a place: every row once, in both directions, without counting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator.models import Attention, Delivery, OutboxAction, RunLogEntry, Suppression, VendorState
from orchestrator.record import runlog
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

LOG = "/admin/orchestrator/runlogentry/"


@pytest.fixture
def client(ours: World, enter: Callable[[User], Client]) -> Client:
    """A log of 175 entries, most of them of the same instant."""
    rows = [runlog.entry("event_heard", store_id=ours.store.pk, what=f"Ticket {n}") for n in range(175)]
    RunLogEntry.objects.all().delete()
    for number, row in enumerate(rows):
        row.at = NOW + timedelta(seconds=number // 120)
        row.outcome = "ok" if number % 2 else "failed"
    RunLogEntry.objects.bulk_create(rows)
    return enter(ours.root)


def walk(client: Client, path: str, direction: str) -> Iterator[list[int]]:
    """The keys of every page from here on."""
    while path:
        changelist = client.get(path).context["cl"]
        yield [row.pk for row in changelist.result_list]
        query = getattr(changelist, direction)
        path = LOG + query if query else ""


def newest_first() -> list[int]:
    return list(RunLogEntry.objects.order_by("-at", "-id").values_list("pk", flat=True))


def test_going_older_shows_every_row_once_in_order(client: Client) -> None:
    seen = list(walk(client, LOG, "older_url"))

    assert [len(page) for page in seen] == [50, 50, 50, 25]
    assert list(chain(*seen)) == newest_first()


def test_going_newer_again_leads_back_over_the_same_rows(client: Client) -> None:
    *_, last = (client.get(path) for path in [LOG])
    path = LOG
    while last.context["cl"].older_url:
        path = LOG + last.context["cl"].older_url
        last = client.get(path)

    seen = list(walk(client, path, "newer_url"))

    assert list(chain(*reversed(seen))) == newest_first()


def test_rows_that_arrive_meanwhile_shift_nothing(client: Client, ours: World) -> None:
    first, *_ = walk(client, LOG, "older_url")
    older = client.get(LOG).context["cl"].older_url
    expected = newest_first()[50:100]

    examples.entry(ours.store, "event_heard", NOW + timedelta(hours=1))

    assert [row.pk for row in client.get(LOG + older).context["cl"].result_list] == expected
    assert first == newest_first()[1:51]


def test_a_filter_is_kept_while_paging(client: Client) -> None:
    seen = list(walk(client, LOG + "?outcome__exact=failed", "older_url"))

    assert list(chain(*seen)) == list(
        RunLogEntry.objects.filter(outcome="failed").order_by("-at", "-id").values_list("pk", flat=True)
    )


def test_another_filter_begins_at_its_newest_row(client: Client) -> None:
    older = client.get(LOG).context["cl"].older_url

    page = client.get(LOG + older)

    [outcome, *_] = page.context["cl"].filter_specs
    links = [choice["query_string"] for choice in outcome.choices(page.context["cl"])]
    assert not [link for link in links if "older" in link]
    assert 'name="older"' not in page.content.decode()


@pytest.mark.parametrize("place", ["x", "~", "1~", "~5", f"{9 * 10**19}~1", "1~-1", "1~1;drop", "１~２"])
@pytest.mark.parametrize("side", ["older", "newer"])
def test_a_place_that_is_none_leads_to_the_first_page(client: Client, place: str, side: str) -> None:
    answer = client.get(LOG, {side: place}, follow=True)

    assert answer.status_code == 200
    assert [row.pk for row in answer.context["cl"].result_list] == newest_first()[:50]


def test_a_list_by_key_alone_pages_too(ours: World, enter: Callable[[User], Client]) -> None:
    for _ in range(60):
        examples.delivery(ours.gorgias)
    client = enter(ours.root)

    first = client.get(pages.changelist(Delivery)).context["cl"]
    second = client.get(pages.changelist(Delivery) + first.older_url).context["cl"]

    keys = [row.pk for row in [*first.result_list, *second.result_list]]
    assert keys == list(Delivery.objects.order_by("-pk").values_list("pk", flat=True))


def test_neither_counting_nor_offsets(client: Client) -> None:
    older = client.get(LOG).context["cl"].older_url

    with CaptureQueriesContext(
        database,
    ) as queries:
        client.get(LOG + older)

    about_the_log = [each["sql"] for each in queries if "orchestrator_runlogentry" in each["sql"]]
    assert len(about_the_log) == 1
    assert not [word for word in ("COUNT(", "DISTINCT", "OFFSET") if word in about_the_log[0]]


@pytest.mark.parametrize("asked", ["ana@north-ridge-outfitters.test", " Ana@North-Ridge-Outfitters.test "])
@pytest.mark.parametrize("model", [Suppression, VendorState, OutboxAction])
def test_ledgers_find_a_whole_address_only(
    model: type[Model], asked: str, ours: World, theirs: World, enter: Callable[[User], Client]
) -> None:
    client = enter(ours.root)
    path = pages.changelist(model)

    found = client.get(path, {"state": "all", "q": asked}).context["cl"].result_list
    half = client.get(path, {"state": "all", "q": "ana"}).context["cl"].result_list

    assert [row.subject for row in found] == ["ana@north-ridge-outfitters.test"]
    assert list(half) == []


def test_a_search_where_nothing_can_be_searched_leaves_the_list(client: Client, ours: World) -> None:
    assert client.get(pages.changelist(Attention), {"q": "x"}).context["cl"].result_count == 2

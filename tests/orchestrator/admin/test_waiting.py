"""What waits at a connection, what is left of the limits, and a vendor that is down, as staff see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from connectors import budget, connect, registry
from connectors.models import Connection
from orchestrator import backlog
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


@pytest.fixture
def look(enter: Enter) -> Callable[[str], str]:
    """The text of a page at our moment, as an administrator."""

    def page(path: str) -> str:
        with time_machine.travel(NOW, tick=False):
            return enter(examples.administrator()).get(path).content.decode()

    return page


def gate(connection: Connection) -> budget.Budget:
    kind = registry.vendor_class(connection.vendor)
    key = connect.budget_key(connection, kind, connection.credentials())
    return budget.Budget(kind, key, share=0.9, clock=NOW.timestamp)


def use(connection: Connection, count: int, method: str = "GET", path: str = "/api/profiles") -> None:
    for _ in range(count):
        gate(connection).enter(method, path)


def owe(connection: Connection) -> None:
    for number in range(3):
        examples.delivery(connection, "new")
        examples.action(
            connection, number + connection.pk * 10, "waiting", planned_for=NOW - timedelta(hours=2)
        )
    examples.action(connection, connection.pk * 10 + 9, "waiting", planned_for=NOW + timedelta(days=1))


def test_a_connection_shows_what_waits_and_since_when(look: Callable[[str], str]) -> None:
    connection = examples.healthy(examples.store(), "gorgias")
    owe(connection)

    page = look(pages.change(connection))

    assert "3 deliveries to read, the oldest since" in page
    assert "3 effects due, the oldest since 2 h ago" in page


def test_a_connection_without_work_says_so(look: Callable[[str], str]) -> None:
    assert "Nothing waits here." in look(pages.change(examples.healthy(examples.store(), "gorgias")))


def test_what_is_left_of_each_limit_is_said_in_words(look: Callable[[str], str]) -> None:
    klaviyo = examples.healthy(examples.store(), "klaviyo")
    use(klaviyo, 6)
    use(klaviyo, 1, "GET", "/api/accounts")

    page = look(pages.change(klaviyo))

    assert "Profiles: 61 of 67 a second left" in page
    assert "Account: 0 of 1 a second left" in page
    assert "Of the 90 % that are ours." in page


def test_a_bucket_says_how_fast_it_fills(look: Callable[[str], str]) -> None:
    gorgias = examples.healthy(examples.store(), "gorgias")
    use(gorgias, 5, "PUT", "/api/tickets/1")

    assert "Calls: 30 of 35 left, 2 a second come back" in look(pages.change(gorgias))


def test_limits_of_lost_credentials_are_not_shown(look: Callable[[str], str]) -> None:
    gorgias = examples.healthy(examples.store(), "gorgias")
    Connection.objects.filter(pk=gorgias.pk).update(sealed={"api_key": "unreadable"})

    assert "What waits" in look(pages.change(gorgias))


def test_the_front_page_shows_where_work_waits_and_who_is_down_first(look: Callable[[str], str]) -> None:
    store = examples.store()
    owe(examples.healthy(store, "gorgias"))
    examples.connection(store, "klaviyo", health="waiting", error_code=connect.DOWN)

    page = look("/admin/")

    assert "3 deliveries to read, 3 effects due" in page
    assert page.index("North Ridge Outfitters – Klaviyo") < page.index("North Ridge Outfitters – Gorgias")
    assert "Waiting for the vendor" in page


def test_a_quiet_front_page_does_not_speak_of_waiting(look: Callable[[str], str]) -> None:
    examples.healthy(examples.store(), "gorgias")

    assert "What waits" not in look("/admin/")


def test_the_share_of_a_connection_is_its_own(look: Callable[[str], str]) -> None:
    klaviyo = examples.healthy(examples.store(), "klaviyo")
    Connection.objects.filter(pk=klaviyo.pk).update(share=50)
    use(klaviyo, 1)

    page = look(pages.change(klaviyo))

    assert "36 of 37 a second left" in page
    assert 'name="share" value="50"' in page


def test_waiting_is_counted_with_one_query(django_assert_num_queries: Any) -> None:
    rows = [examples.healthy(examples.store(f"Client {number}"), "gorgias") for number in range(5)]
    for row in rows:
        owe(row)

    with django_assert_num_queries(1):
        found = backlog.by_connection(rows, NOW)

    assert {len(each) for each in found.values()} == {2}


def test_a_pause_that_the_vendor_asked_for_is_told(look: Callable[[str], str]) -> None:
    gorgias = examples.healthy(examples.store(), "gorgias")
    ours = gate(gorgias)
    entry = ours.enter("GET", "/api/account")
    assert entry.bucket is not None

    class Refusal:
        status, json, headers = 429, None, {"Retry-After": "40"}

    ours.told(entry, Refusal())

    assert "the vendor asked for a pause of 40 s" in look(pages.change(gorgias))

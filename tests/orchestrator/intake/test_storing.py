"""Deliveries that arrive together are stored together, and each request hears of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import Error, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.models import Connection
from orchestrator.intake import storing
from orchestrator.models import Delivery
from tests.processes import until
from tests.scene import client
from tests.scene import connection as account

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = 987_654_321


def delivery(at: Connection, number: int) -> Delivery:
    now = timezone.now()
    return Delivery(connection=at, received_at=now, due_at=now, body=b"{}", trace=f"t{number}")


def together(rows: list[Delivery]) -> list[Future[None]]:
    """Each from a thread of its own, while somebody else still writes."""
    with ThreadPoolExecutor(len(rows)) as requests:
        with storing._turn:
            answers = [requests.submit(_in_thread, storing.store, row) for row in rows]
            until(lambda: len(storing._queue) == len(rows))
        return answers


def _in_thread(do: Callable[[Delivery], None], row: Delivery) -> None:
    try:
        do(row)
    finally:
        connection.close()


def test_all_that_wait_are_stored_before_anybody_is_answered() -> None:
    gorgias = account(client(), "gorgias")

    answers = together([delivery(gorgias, number) for number in range(6)])

    assert [each.exception() for each in answers] == [None] * 6
    assert set(Delivery.objects.values_list("trace", flat=True)) == {f"t{number}" for number in range(6)}


def test_one_that_cannot_be_stored_costs_nobody_else_theirs() -> None:
    gorgias = account(client(), "gorgias")
    rows = [delivery(gorgias, number) for number in range(4)]
    rows[1].connection_id = NOBODY

    answers = together(rows)

    assert isinstance(answers[1].exception(), Error)
    assert [each.exception() for each in answers if each is not answers[1]] == [None] * 3
    assert set(Delivery.objects.values_list("trace", flat=True)) == {"t0", "t2", "t3"}


def test_a_lone_delivery_is_one_statement() -> None:
    row = delivery(account(client(), "gorgias"), 1)

    with CaptureQueriesContext(connection) as asked:
        storing.store(row)

    assert len(asked) == 1

"""Who posts is looked up once a moment; who is unknown is looked up each time."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.intake import senders
from tests.scene import client, connection

pytestmark = pytest.mark.django_db


def test_a_burst_of_one_vendor_asks_the_table_once(django_assert_num_queries: Any) -> None:
    gorgias = connection(client(), "gorgias")

    with django_assert_num_queries(1):
        found = [senders.by_token(gorgias.token) for _ in range(5)]

    assert {each.connection.pk for each in found if each} == {gorgias.pk}


def test_a_connection_made_a_moment_ago_is_known_at_once() -> None:
    gorgias = connection(client(), "gorgias")
    token, gorgias.token = gorgias.token, "another-token"

    before = senders.by_token("another-token")
    gorgias.save()

    assert before is None
    assert senders.by_token("another-token") is not None
    assert token != "another-token"


def test_what_was_changed_is_asked_for_once_the_moment_is_over() -> None:
    gorgias = connection(client(), "gorgias")
    sender = senders.by_token(gorgias.token)
    assert sender is not None
    sender.until = 0.0  # the moment is over
    type(gorgias).objects.filter(pk=gorgias.pk).update(is_enabled=False)

    later = senders.by_token(gorgias.token)

    assert later is not None
    assert not later.connection.is_enabled

"""A source from which nothing was heard for long is shown until something is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.models import Connection
from orchestrator.models import Attention
from orchestrator.record import health
from tests.scene import at, client

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Connection:
    client()
    Connection.objects.filter(vendor="klaviyo").update(
        health=Connection.Health.HEALTHY, healthy_at=at(0), poll_every=60
    )
    return Connection.objects.get(vendor="klaviyo")


def told(source: Connection) -> list[str]:
    rows = Attention.objects.open().filter(store=source.store, code="source_quiet")
    return list(rows.values_list("sentence", flat=True))


def test_a_source_is_quiet_after_a_quarter_of_an_hour(source):
    health.watch_quiet(source, at(15))
    assert told(source) == []

    health.watch_quiet(source, at(16))
    assert told(source) == [
        f"{source}: nothing was heard since {source.healthy_at:%d %b %H:%M} UTC. Test the connection."
    ]


def test_one_that_is_asked_seldom_has_ten_times_that(source):
    Connection.objects.update(poll_every=300)
    source.refresh_from_db()

    health.watch_quiet(source, at(50))
    assert told(source) == []

    health.watch_quiet(source, at(51))
    assert len(told(source)) == 1


def test_one_that_never_answered_counts_from_when_it_was_made(source):
    Connection.objects.update(healthy_at=None)
    source.refresh_from_db()
    made = source.created_at

    health.watch_quiet(source, made + timedelta(minutes=16))

    assert len(told(source)) == 1


def test_any_call_that_goes_well_ends_it(source):
    health.watch_quiet(source, at(60))

    health.works(source, at(61))
    health.works(source, at(61))

    assert told(source) == []


def test_one_that_waits_for_a_person_is_told_of_as_that(source):
    source.health = Connection.Health.ATTENTION

    health.watch_quiet(source, at(60))

    assert told(source) == []


def test_what_was_told_just_when_it_answered_is_taken_back_with_the_next_look(source):
    before = Connection.objects.get(pk=source.pk)
    health.works(source, at(60))
    health.watch_quiet(before, at(60))

    health.watch_quiet(source, at(70))

    assert told(source) == []

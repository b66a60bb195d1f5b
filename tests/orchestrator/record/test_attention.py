"""An alarm that somebody acknowledged is called out again when it gets worse, and only then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.models import Store
from orchestrator.models import Attention
from orchestrator.record import attention, heeding
from orchestrator.record.heeding import Snooze

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
CODE = "hold_too_late"


@pytest.mark.parametrize(
    ("before", "after", "is_worse"),
    [
        ("3 customers may get it.", "3 customers may get it.", False),
        ("3 customers may get it.", "2 customers may get it.", False),
        ("3 customers may get it.", "4 customers may get it.", True),
        ("999 customers may get it.", "1,000 customers may get it.", True),
        ("The key is not accepted (HTTP 401).", "The key may not read lists (HTTP 403).", True),
    ],
)
def test_it_is_worse_when_it_says_something_else_or_a_larger_number(
    before: str, after: str, is_worse: bool
) -> None:
    assert attention.is_worse(before, after) is is_worse


@pytest.mark.django_db
def test_what_is_acknowledged_stays_quiet_until_it_is_worse() -> None:
    def call(count: int) -> bool:
        return attention.call(CODE, f"{count} customers may get it.", now=NOW)

    call(3)
    heeding.acknowledge(Attention.objects.all(), by="maya", now=NOW)

    seen = []
    for count in (3, 2, 3):
        assert not call(count)
        seen.append(Attention.objects.unheeded(NOW).count())

    assert seen == [0, 0, 1]
    row = Attention.objects.get()
    assert (row.acknowledged_at, row.acknowledged_by, row.since) == (None, "", NOW)


@pytest.mark.django_db
def test_what_is_over_and_comes_back_is_new() -> None:
    attention.call(CODE, "It may get there.", now=NOW)
    heeding.acknowledge(Attention.objects.all(), by="maya", now=NOW)
    attention.clear(CODE, now=NOW, store_id=None)

    assert attention.call(CODE, "It may get there.", now=NOW)

    assert Attention.objects.unheeded(NOW).count() == 1


@pytest.mark.django_db
def test_a_snooze_is_over_by_itself() -> None:
    attention.call(CODE, "It may get there.", now=NOW)

    heeding.acknowledge(Attention.objects.all(), by="maya", now=NOW, snooze=Snooze.HOUR)

    later = [NOW + timedelta(minutes=minutes) for minutes in (0, 59, 60)]
    assert [Attention.objects.unheeded(at).count() for at in later] == [0, 0, 1]
    assert [Attention.objects.get().is_heeded(at) for at in later] == [True, True, False]


@pytest.mark.parametrize(
    ("zone", "now", "morning"),
    [
        ("America/New_York", "2026-11-22T10:30+00:00", "2026-11-23T14:00+00:00"),
        ("America/New_York", "2026-11-23T03:30+00:00", "2026-11-23T14:00+00:00"),  # the evening before, there
        ("America/New_York", "2026-10-31T12:00+00:00", "2026-11-01T14:00+00:00"),  # the clocks go back
        ("Pacific/Tongatapu", "2026-11-22T12:00+00:00", "2026-11-23T20:00+00:00"),  # +13: the 23rd there
        ("Nowhere/At_all", "2026-11-22T10:30+00:00", "2026-11-23T09:00+00:00"),
        ("", "2026-11-22T10:30+00:00", "2026-11-23T09:00+00:00"),
    ],
)
def test_tomorrow_morning_is_the_clients_own(zone: str, now: str, morning: str) -> None:
    found = heeding.until(Snooze.TOMORROW, datetime.fromisoformat(now), zone)

    assert found == datetime.fromisoformat(morning)


@pytest.mark.django_db
def test_each_client_is_snoozed_until_its_own_morning() -> None:
    for zone in ("America/New_York", "Europe/Berlin"):
        store = Store.objects.create(slug=zone[:6].lower(), name=zone, platform="shopify", timezone=zone)
        attention.call(CODE, zone, now=NOW, store=store)

    done = heeding.acknowledge(Attention.objects.all(), by="maya", now=NOW, snooze=Snooze.TOMORROW)

    assert len(done) == 2
    assert dict(Attention.objects.values_list("sentence", "snoozed_until")) == {
        "America/New_York": datetime(2026, 11, 23, 14, tzinfo=UTC),
        "Europe/Berlin": datetime(2026, 11, 23, 8, tzinfo=UTC),
    }

"""What is over its time goes by itself, and nothing else; old results stay as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from assessment import attempts, retention, sets
from assessment.models import Assessment, Invitation, Knock
from assessment.report import report
from connectors.models import Store

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def finished(at: datetime) -> Assessment:
    row = attempts.begin(None, at)
    row = attempts.save_answers(row, {each.slug: "no" for each in sets.CURRENT.questions}, 5, at)
    return attempts.finish(row, at)


@override_settings(ASSESSMENT_KEEP_DAYS=100, ASSESSMENT_KEEP_UNFINISHED_DAYS=10)
def test_results_and_what_was_never_finished_go_after_their_time() -> None:
    kept = [finished(NOW - 99 * DAY), attempts.begin(None, NOW - 9 * DAY)]
    finished(NOW - 101 * DAY)
    attempts.begin(None, NOW - 11 * DAY)

    assert retention.purge(NOW) == 2
    assert set(Assessment.objects.all()) == set(kept)
    assert retention.purge(NOW) == 0


def test_counts_of_visitors_and_old_invitations_go_too() -> None:
    store = Store.objects.create(slug="a", name="A", platform="shopify")
    Knock.objects.create(visitor="v", kind="start", hour=NOW - timedelta(hours=3))
    fresh = Knock.objects.create(visitor="v", kind="start", hour=NOW)
    Invitation.objects.create(store=store, expires_at=NOW - 91 * DAY)
    open_one = Invitation.objects.create(store=store, expires_at=NOW - DAY)

    retention.purge(NOW)

    assert list(Knock.objects.all()) == [fresh]
    assert list(Invitation.objects.all()) == [open_one]


def test_a_result_is_shown_as_it_was_stored() -> None:
    """Were it computed again, the planted level would be gone."""
    row = finished(NOW)
    assert row.result is not None
    row.result["level"] = 4
    row.save()

    assert report(row, {}).level.number == 4
    assert attempts.finish(row, NOW + DAY).finished_at == NOW


def test_a_set_that_was_taken_away_is_named() -> None:
    with pytest.raises(LookupError, match="no set of questions 0"):
        sets.by_version("0")

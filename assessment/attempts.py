"""The life of an attempt: begun, saved page by page, finished once, and taken again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from django.db import transaction

from assessment import keys, scoring, sets
from assessment.models import Assessment
from connectors.models import Store

PROFILE = (
    "store_name",
    "platform",
    "revenue",
    "revenue_kind",
    "currency",
    "country",
    "team_size",
    "tools",
    "other_tools",
)


def begin(store: Store | None, now: datetime) -> Assessment:
    questions = sets.CURRENT
    row = Assessment(
        store=store,
        set_version=questions.version,
        weights_version=questions.weights.version,
        started_at=now,
        saved_at=now,
    )
    if store is not None:
        row.store_name, row.platform = store.name, store.platform
        row.currency, row.country = store.currency, store.country
    row.save()
    return row


@transaction.atomic
def save_profile(row: Assessment, values: Mapping[str, object], now: datetime) -> Assessment:
    """Written over a fresh reading, so that two tabs lose nothing of each other."""
    kept = _kept(row, {name: values[name] for name in PROFILE}, {}, now)
    _reach(kept, 1, now)
    return kept


@transaction.atomic
def save_answers(row: Assessment, answers: Mapping[str, str], page: int, now: datetime) -> Assessment:
    """``page`` counts from 1, the profile. Only what is on the page changes."""
    kept = _kept(row, {}, answers, now)
    kept.answers = {**kept.answers, **answers}
    _reach(kept, page, now)
    return kept


@transaction.atomic
def finish(row: Assessment, now: datetime) -> Assessment:
    """Once: what was finished before stays as it is."""
    kept = Assessment.objects.select_for_update(of=("self",)).select_related("store").get(pk=row.pk)
    if kept.finished_at is None:
        found = scoring.result(kept.questions, kept.answers)
        kept.result, kept.level, kept.score = msgspec.to_builtins(found), found.level, found.score
        kept.finished_at = kept.saved_at = now
        kept.evidence_wanted_at = now if kept.store_id else None
        kept.save()
    return kept


def again(row: Assessment, now: datetime) -> Assessment:
    """A new attempt that begins where this one stood; answers of questions that are gone stay behind."""
    fresh = begin(row.store, now)
    for name in PROFILE:
        setattr(fresh, name, getattr(row, name))
    known = {each.slug for each in fresh.questions.questions}
    fresh.answers = {slug: value for slug, value in row.answers.items() if slug in known}
    fresh.previous = row
    fresh.reached = 1
    fresh.save()
    return fresh


def share(row: Assessment) -> None:
    """A link to read it; one that was revoked stays revoked, for the new one has a new key."""
    Assessment.objects.filter(pk=row.pk, share_key=None).update(share_key=keys.new_key())
    row.refresh_from_db(fields=["share_key"])


def unshare(row: Assessment) -> None:
    Assessment.objects.filter(pk=row.pk).update(share_key=None)
    row.share_key = None


def missing(row: Assessment) -> list[str]:
    """Questions without an answer."""
    return [each.slug for each in row.questions.questions if each.slug not in row.answers]


def _kept(
    row: Assessment, values: Mapping[str, object], answers: Mapping[str, str], now: datetime
) -> Assessment:
    """The attempt to write to. A finished result never changes: a change begins another attempt."""
    kept = Assessment.objects.select_for_update(of=("self",)).select_related("store").get(pk=row.pk)
    is_same = all(getattr(kept, name) == value for name, value in values.items()) and all(
        kept.answers.get(slug) == value for slug, value in answers.items()
    )
    if kept.finished_at is not None:
        if is_same:
            return kept
        kept = again(kept, now)
    for name, value in values.items():
        setattr(kept, name, value)
    return kept


def _reach(row: Assessment, page: int, now: datetime) -> None:
    if row.finished_at is None:
        row.reached = max(row.reached, page)
        row.saved_at = now
        row.save()

"""Raises and clears what needs a person. Both are safe to repeat.

What somebody acknowledged is called out again when it gets worse: when it says something else, or a larger
number. (One that is over and comes back is new anyway.)
"""

from __future__ import annotations

import re
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from connectors.models import Connection, Store
from orchestrator import wake
from orchestrator.models import Attention
from orchestrator.models.attention import AttentionQuerySet

NUMBER = re.compile(r"\d[\d,]*")
NOT_HEEDED = {"acknowledged_at": None, "acknowledged_by": "", "snoozed_until": None}


def call(
    code: str,
    sentence: str,
    *,
    now: datetime,
    store: Store | int | None = None,
    connection: Connection | None = None,
    reference: str = "",
    is_posted: bool = True,
) -> bool:
    """Open it, or say that it is still so. True when it is new.

    What is new is also posted in the agency's own chat, once and where there is one, unless ``is_posted``
    says otherwise. Without a store it is for the agency itself: any message to it can be sent so.
    """
    store_id = store.pk if isinstance(store, Store) else store
    if connection is not None:
        store_id = connection.store_id
    told = sentence[:500]
    if _open_still(_open(store_id, code).filter(reference=reference), told, now):
        return False
    will_post = is_posted and bool(settings.AGENCY_SLACK_WEBHOOK)
    try:
        with transaction.atomic():
            Attention.objects.create(
                store_id=store_id,
                connection=connection,
                code=code,
                reference=reference,
                sentence=told,
                since=now,
                seen_at=now,
                post=Attention.Post.WAITING if will_post else Attention.Post.NONE,
                post_at=now if will_post else None,
            )
    except IntegrityError:  # somebody else just opened the same
        return False
    if will_post:
        wake.after_commit("post_alerts")
    return True


def _open_still(found: AttentionQuerySet, told: str, now: datetime) -> bool:
    """Renew what is open; somebody's acknowledgement ends where it is worse than what they acknowledged."""
    heeded = found.exclude(acknowledged_at=None).values_list("sentence", flat=True).first()
    again = NOT_HEEDED if heeded is not None and is_worse(heeded, told) else {}
    return bool(found.update(seen_at=now, sentence=told, **again))


def clear(
    code: str,
    *,
    now: datetime,
    store_id: int | None,
    reference: str | None = None,
    keep: frozenset[str] | None = None,
) -> int:
    """Close what is open of this code: one reference, or all but those to ``keep``."""
    found = _open(store_id, code)
    if reference is not None:
        found = found.filter(reference=reference)
    if keep is not None:
        found = found.exclude(reference__in=keep)
    return found.update(cleared_at=now)


def is_worse(before: str, after: str) -> bool:
    """Whether what it says now is more than what somebody acknowledged."""
    if NUMBER.sub("", before) != NUMBER.sub("", after):
        return True
    return any(is_more > was for was, is_more in zip(_numbers(before), _numbers(after), strict=True))


def _numbers(sentence: str) -> list[int]:
    return [int(each.replace(",", "")) for each in NUMBER.findall(sentence)]


def _open(store_id: int | None, code: str) -> AttentionQuerySet:
    rows = Attention.objects.open().filter(code=code)
    return rows.filter(store__isnull=True) if store_id is None else rows.filter(store_id=store_id)

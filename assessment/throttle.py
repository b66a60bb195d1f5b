"""Slows down whoever comes too often. Counted in the database, so all web processes count together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from assessment.models import Knock

LIMITS: Final = {"start": 20, "save": 400, "call": 10, "miss": 40}  # an hour, for one address
HOUR = timedelta(hours=1)


def knock(request: HttpRequest, kind: str, now: datetime) -> bool:
    """Count one more; False when it is too many."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    row = {"visitor": _visitor(request), "kind": kind, "hour": hour}
    known = Knock.objects.filter(**row)
    if not known.update(count=F("count") + 1):
        try:
            with transaction.atomic():
                Knock.objects.create(**row, count=1)
        except IntegrityError:  # somebody else was first
            known.update(count=F("count") + 1)
    return known.filter(count__lte=LIMITS[kind]).exists()


def is_shut(request: HttpRequest, kind: str, now: datetime) -> bool:
    """Whether it was too often already, without counting."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    many = Knock.objects.filter(visitor=_visitor(request), kind=kind, hour=hour, count__gt=LIMITS[kind])
    return many.exists()


def forget(now: datetime) -> int:
    return Knock.objects.filter(hour__lt=now - 2 * HOUR).delete()[0]


def _visitor(request: HttpRequest) -> str:
    address: Callable[[HttpRequest], str] = import_string(settings.CLIENT_ADDRESS)
    keyed = salted_hmac("assessment.throttle", address(request), algorithm="sha256")
    return hashlib.sha256(keyed.digest()).hexdigest()[:32]

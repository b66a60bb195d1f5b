"""One worker at a time decides a store, so its events stay in order; different stores run in parallel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from connectors import timekeeper
from connectors.models import Store


class Lost(Exception):
    """Somebody else holds the store by now: nothing of this batch may be written."""


class Lease:
    """Leases live on the database's clock, whatever time the work is driven with."""

    def __init__(self, store_id: int, token: str) -> None:
        self.store_id = store_id
        self.token = token

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that commits only while the store is still ours. Raises Lost."""
        with transaction.atomic():
            ours = Store.objects.filter(pk=self.store_id, drain_token=self.token)
            if not ours.update(drain_until=_until(timekeeper.now())):
                raise Lost
            yield


@contextmanager
def held(store_id: int) -> Iterator[Lease | None]:
    """The store's lease, or None when somebody else has it."""
    real = timekeeper.now()
    token = uuid4().hex
    free = Store.objects.filter(pk=store_id).filter(Q(drain_until=None) | Q(drain_until__lt=real))
    if not free.update(drain_token=token, drain_until=_until(real)):
        yield None
        return
    try:
        yield Lease(store_id, token)
    finally:
        Store.objects.filter(pk=store_id, drain_token=token).update(drain_token="", drain_until=None)


def _until(real: datetime) -> datetime:
    return real + timedelta(seconds=settings.LEASE_SECONDS)

"""Who is meant by what somebody types: an address, a telephone number, or that of one of their things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from django.db.models import QuerySet

from connectors import registry
from connectors.models import Store
from orchestrator.models import Customer, CustomerKey, RunLogEntry
from orchestrator.models.mirror import OF_CUSTOMERS
from orchestrator.record import addresses
from rules import subjects


class Found(msgspec.Struct, frozen=True, order=True):
    """``subject`` is "" for somebody of whom no tool has told an address or a number of their own."""

    client: str
    subject: str
    name: str
    store_id: int


def people(stores: QuerySet[Store], term: str) -> list[Found]:
    """Everybody of these clients to whom it belongs exactly, in a constant number of queries.

    Parts of words are not looked for: an index answers only for the whole.
    """
    asked = term.strip().lower()
    if not asked:
        return []
    names = dict(stores.values_list("pk", "name"))
    if subject := subjects.typed(asked):
        known = list(_by_phone(names, subject) if subjects.phone_of(subject) else _by_address(names, subject))
        return sorted({*known, *_only_told(names, subject, known)})
    return sorted(_by_number(names, asked.rpartition(":")[2]))


def _by_address(names: dict[int, str], email: str) -> Iterator[Found]:
    keys = CustomerKey.objects.filter(store__in=names, value=f"{addresses.EMAIL}{email}")
    for store_id, name in keys.values_list("store_id", "customer__name"):
        yield Found(names[store_id], email, name, store_id)


def _by_phone(names: dict[int, str], subject: str) -> Iterator[Found]:
    """Under their address, where they have one: a number makes nobody the same."""
    yield from _people(names, addresses.by_phone(names, [subjects.phone_of(subject)]), subject)


def _only_told(names: dict[int, str], subject: str, known: Iterable[Found]) -> Iterator[Found]:
    """Who is only spoken of in the run log."""
    told = RunLogEntry.objects.filter(subject=subject, store__in=names).order_by()
    heard = set(told.values_list("store_id", flat=True).distinct())
    for store_id in heard - {each.store_id for each in known}:
        if store_id is not None:
            yield Found(names[store_id], subject, "", store_id)


def _by_number(names: dict[int, str], number: str) -> Iterator[Found]:
    """The index on numbers begins with client and vendor, so vendors are named, whichever there are."""
    owners: set[int] = set()
    for table in OF_CUSTOMERS:
        rows = table._default_manager.filter(store__in=names, vendor__in=registry.all_vendors())
        rows = rows.filter(object_id=number, customer__isnull=False)
        owners |= set(rows.values_list("customer", flat=True)[:50])
    yield from _people(names, owners)


def _people(names: dict[int, str], owners: set[int], otherwise: str = "") -> Iterator[Found]:
    """Each under one address, the first by letters, as the page of any of them shows all."""
    told, phones = addresses.emails(owners), addresses.own_phones(owners)
    for person in Customer.objects.filter(pk__in=owners):
        known = [*told.get(person.pk, ()), *phones.get(person.pk, ()), otherwise]
        yield Found(names[person.store_id], known[0], person.name, person.store_id)

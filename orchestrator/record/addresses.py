"""Who is meant by a subject of the ledger, and every subject of theirs.

A telephone number joins nobody: one that several people have is nobody's, and has a page of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import msgspec
from django.db.models import Count

from orchestrator.models import CustomerKey, CustomerRecord
from rules import subjects

EMAIL = "email:"  # how a customer's keys mark an address


class Person(msgspec.Struct, frozen=True):
    """``owners`` are their rows: none where no tool knows them, several where only a number is known."""

    owners: frozenset[int]
    subjects: tuple[str, ...]


def person(store_id: int, subject: str) -> Person:
    """In a constant number of queries; "" is nobody."""
    if not subject:
        return Person(frozenset(), ())
    found = owners(store_id, [subject])
    if len(found) > 1:
        silent = found - emails(found).keys()
        return Person(frozenset(silent), (subject,))
    names = chain(*emails(found).values(), *own_phones(found).values())
    return Person(frozenset(found), tuple(sorted({subject, *names})))


def owners(store_id: int, named: Iterable[str]) -> set[int]:
    """Everybody who has one of these addresses or numbers."""
    keys = CustomerKey.objects.filter(store=store_id, value__in=[f"{EMAIL}{each}" for each in named])
    found = set(keys.values_list("customer", flat=True))
    numbers = {phone for each in named if (phone := subjects.phone_of(each))}
    return found | by_phone([store_id], numbers) if numbers else found


def by_phone(stores: Iterable[int], numbers: Iterable[str]) -> set[int]:
    """Everybody who has one of these numbers."""
    records = CustomerRecord.objects.filter(store__in=stores, phone__in=numbers)
    return {owner for owner in records.values_list("customer", flat=True) if owner}


def emails(people: Iterable[int]) -> dict[int, list[str]]:
    """All addresses of these people, by letters."""
    keys = CustomerKey.objects.filter(customer__in=list(people), value__startswith=EMAIL).order_by("value")
    found: dict[int, list[str]] = {}
    for owner, value in keys.values_list("customer", "value"):
        found.setdefault(owner, []).append(value.removeprefix(EMAIL))
    return found


def own_phones(people: Iterable[int]) -> dict[int, list[str]]:
    """The subjects for the numbers that each of these people shares with nobody else of the client."""
    mine = CustomerRecord.objects.filter(customer__in=list(people)).exclude(phone="").order_by("phone")
    told = list(mine.values_list("customer", "store", "phone").distinct())
    alike = CustomerRecord.objects.filter(phone__in={phone for *_, phone in told}, customer__isnull=False)
    counts = alike.values_list("store", "phone").annotate(Count("customer", distinct=True)).order_by()
    alone = {(store, phone) for store, phone, people in counts if people == 1}
    found: dict[int, list[str]] = {}
    for owner, store, phone in told:
        if owner and (store, phone) in alone:
            found.setdefault(owner, []).append(subjects.of_phone(phone))
    return found

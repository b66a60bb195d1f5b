"""Finds the client, and the rule, that a command is asked about."""

from __future__ import annotations

from argparse import ArgumentParser
from difflib import get_close_matches

from django.core.management.base import CommandError
from django.db import DatabaseError

from connectors.models import Store
from rules.models import Rule


def named(slug: str) -> Store:
    """Raises CommandError: what may have been meant, or that there is no database to look in."""
    try:
        return Store.objects.get(slug=printable(slug))
    except Store.DoesNotExist:
        known = list(Store.objects.order_by("slug").values_list("slug", flat=True))
    except DatabaseError as error:
        raise CommandError(unusable(error)) from None
    close = get_close_matches(slug.lower(), known, n=3, cutoff=0.5)
    meant = f" Did you mean {' or '.join(close)}?" if close else ""
    raise CommandError(f"There is no client “{slug[:60]}”.{meant}")


def add_scope(parser: ArgumentParser) -> None:
    parser.add_argument("--store", metavar="SLUG", help="one client; without it, everything")
    parser.add_argument("--rule", metavar="NAME", help="one rule of that client")


def scope(slug: str | None, name: str | None) -> tuple[Store | None, Rule | None]:
    """The client and the rule, None where none is named. Raises CommandError."""
    if slug is None and name is not None:
        raise CommandError("A rule needs its client: add --store SLUG.")
    store = named(slug) if slug is not None else None
    if store is None or name is None:
        return store, None
    rule = Rule.objects.select_related("store").filter(store=store, name=printable(name)).first()
    if rule is None:
        known = ", ".join(f"“{each}”" for each in store.rules.order_by("name").values_list("name", flat=True))
        raise CommandError(f"{store} has no rule of that name. It has: {known or 'none'}.")
    return store, rule


def unusable(error: DatabaseError) -> str:
    return f"The database cannot be used ({type(error).__name__}); was “manage.py migrate” run?"


def printable(argument: str) -> str:
    """Raises CommandError for bytes of a shell that are no text, which a database would not take."""
    if not argument.isprintable():
        raise CommandError("An argument holds bytes that are no text.")
    return argument

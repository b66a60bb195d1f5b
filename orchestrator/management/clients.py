"""Finds the client that a command is asked about."""

from __future__ import annotations

from difflib import get_close_matches

from django.core.management.base import CommandError
from django.db import DatabaseError

from connectors.models import Store


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


def unusable(error: DatabaseError) -> str:
    return f"The database cannot be used ({type(error).__name__}); was “manage.py migrate” run?"


def printable(argument: str) -> str:
    """Raises CommandError for bytes of a shell that are no text, which a database would not take."""
    if not argument.isprintable():
        raise CommandError("An argument holds bytes that are no text.")
    return argument

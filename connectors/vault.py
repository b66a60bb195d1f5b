"""Credentials at rest: encrypted with keys of their own, bound to the place they belong to."""

from __future__ import annotations

import json
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """A stored credential does not open with the keys we have, or was moved from another place."""


@lru_cache(maxsize=8)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _current() -> MultiFernet:
    return _box(tuple(settings.CREDENTIAL_KEYS))


def seal(value: str, place: str) -> str:
    """Encrypt ``value`` so that it opens only at ``place`` (store, vendor and field)."""
    return _current().encrypt(json.dumps([place, value]).encode()).decode()


def unseal(token: str, place: str) -> str:
    """Raises Unreadable when the token is broken, under an unknown key, or belongs elsewhere."""
    try:
        sealed_place, value = json.loads(_current().decrypt(token.encode()))
    except (InvalidToken, ValueError) as error:
        raise Unreadable("A stored credential cannot be opened with the keys in CREDENTIAL_KEYS.") from error
    if sealed_place != place:
        raise Unreadable("A stored credential belongs to another connection.")
    return str(value)


def rotate(token: str) -> str:
    """The same secret under the newest key. Raises Unreadable when it does not open."""
    try:
        return _current().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("A stored credential cannot be opened with the keys in CREDENTIAL_KEYS.") from error

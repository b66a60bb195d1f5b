"""Random keys that nobody can guess."""

from __future__ import annotations

import secrets


def new_key() -> str:
    """128 bits, in 22 characters that an address takes as they are."""
    return secrets.token_urlsafe(16)

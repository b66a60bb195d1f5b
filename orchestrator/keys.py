"""Keys of a development checkout: made once, kept in an ignored file, the same for every process."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured


class Keys(NamedTuple):
    secret: str
    credentials: str


def development(file: Path) -> Keys:
    """The keys in ``file``; the first process to ask makes them, the others wait and read the same."""
    try:
        return _read(file) or _make(file)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The development keys in {file} cannot be read or made ({error.strerror}): "
            "make the folder writable, or set SECRET_KEY and CREDENTIAL_KEYS."
        ) from None


def _read(file: Path) -> Keys | None:
    try:
        return Keys(**json.loads(file.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise ImproperlyConfigured(
            f"{file} does not hold the development keys any more: restore it, or delete it to get new keys "
            "(stored credentials then have to be entered again)."
        ) from None


def _make(file: Path) -> Keys:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _read(file) or _write(file)


def _write(file: Path) -> Keys:
    keys = Keys(secrets.token_urlsafe(50), base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(keys._asdict(), out)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)  # whole or not at all, also when the power goes
    return keys

"""Reads single values out of a vendor's JSON, whatever was put there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_EMAIL = 254  # RFC 5321


def text(value: Any, limit: int = 200) -> str:
    """Text that every database stores: without NUL and lone surrogates, cut to ``limit``."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).replace("\x00", "").encode("utf-8", "ignore").decode().strip()[:limit]


def instant(value: Any) -> datetime | None:
    """An ISO 8601 time in UTC; without an offset it is read as UTC. None when there is none."""
    if not isinstance(value, str) or not value:
        return None
    try:
        return _aware(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return None


def http_date(value: str) -> datetime | None:
    """The time in a header such as Date. None when there is none."""
    try:
        return _aware(parsedate_to_datetime(value))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def emails(values: Iterable[Any]) -> tuple[str, ...]:
    """Addresses in lower case, without doubles, sorted; what cannot be one is left out."""
    found = {text(value, LONGEST_EMAIL + 1).lower() for value in values}
    return tuple(sorted(each for each in found if _is_email(each)))


def mapping(value: Any) -> dict[str, Any]:
    """The object, or an empty one where the vendor has none."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, or none where the vendor has no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _is_email(value: str) -> bool:
    name, _, host = value.rpartition("@")
    return bool(name and host) and len(value) <= LONGEST_EMAIL and not any(each.isspace() for each in value)

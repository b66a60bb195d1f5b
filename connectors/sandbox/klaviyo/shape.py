"""Checks a JSON:API body against a shape written in plain values.

A key ending in ``?`` may be absent, in ``??`` also null. A leaf is a type, a set of allowed values, a
check function, ``dict`` for any object; ``[shape]`` is a list of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.klaviyo.errors import Refused, invalid
from connectors.sandbox.wire import Json

Check = Callable[[Any], str | None]
_NAMES = {str: "a string", int: "an integer", float: "a number", bool: "a boolean", dict: "an object"}


def moment(value: Any) -> str | None:
    try:
        instant(value)
    except ValueError:
        return "must be an ISO 8601 datetime"
    return None


def day(value: Any) -> str | None:
    try:
        date.fromisoformat(value)
    except (ValueError, TypeError):
        return "must be an ISO 8601 date"
    return None


def anything(_value: Any) -> str | None:
    return None


def check(shape: Any, value: Any, pointer: str = "") -> None:
    """Raises the vendor's 400 at the first place that does not fit."""
    if isinstance(shape, dict):
        _check_object(shape, value, pointer)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise _wrong("must be an array", pointer)
        for place, one in enumerate(value):
            check(shape[0], one, f"{pointer}/{place}")
    elif isinstance(shape, set | frozenset):
        if not isinstance(value, str | int | bool) or value not in shape:
            raise _wrong(f"must be one of {', '.join(sorted(map(str, shape)))}", pointer)
    elif isinstance(shape, type):
        if not _is(value, shape):
            raise _wrong(f"must be {_NAMES[shape]}", pointer)
    elif complaint := shape(value):
        raise _wrong(complaint, pointer)


def _check_object(shape: Json, value: Any, pointer: str) -> None:
    if not isinstance(value, dict):
        raise _wrong("must be an object", pointer)
    named = {key.rstrip("?"): (key, inner) for key, inner in shape.items()}
    for key in value:
        if key not in named:
            raise invalid(f"'{key}' is not a valid field here.", f"{pointer}/{key}")
    for name, (key, inner) in named.items():
        if name not in value:
            if not key.endswith("?"):
                detail = f"'{name}' is a required field."
                raise Refused(400, "required", "This field is required.", detail, pointer=f"{pointer}/{name}")
        elif value[name] is not None or not key.endswith("??"):
            check(inner, value[name], f"{pointer}/{name}")


def _is(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _wrong(complaint: str, pointer: str) -> Refused:
    name = pointer.rpartition("/")[2]
    return invalid(f"'{name}' {complaint}.", pointer or "/")

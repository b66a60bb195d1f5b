"""What the control interface says when it is asked for something impossible."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.sandbox.wire import Json


class Refusal(Exception):
    """A control request that cannot be done, with the sentence that says why."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


def checked(
    body: Any, what: str, kinds: dict[str, type | tuple[type, ...]], needs: Iterable[str] = ()
) -> Json:
    """``body`` as an object that has only known keys of the right type, and all that are needed."""
    if not isinstance(body, dict):
        raise Refusal(f"{what} must be a JSON object, not {type(body).__name__}.")
    for key, value in body.items():
        if key not in kinds:
            raise Refusal(f"{what} has no key {key!r}; known are: {', '.join(sorted(kinds))}.")
        if value is not None and not _fits(value, kinds[key]):
            raise Refusal(f"{what}: {key!r} cannot be {value!r:.60}.")
    for key in sorted(needs):
        if body.get(key) is None:
            raise Refusal(f"{what} needs the key {key!r}.")
    return body


def _fits(value: Any, kind: type | tuple[type, ...]) -> bool:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))

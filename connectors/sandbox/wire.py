"""A request as the fakes read it, and the reply they give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from werkzeug.datastructures import Headers, MultiDict

Json = dict[str, Any]


@dataclass
class Request:
    """One HTTP request. ``target`` is the vendor's own path with its query, as it came."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])

    @cached_property
    def query(self) -> MultiDict[str, str]:
        return MultiDict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def json(self) -> Any:
        """The decoded body. Raises ValueError when it is no JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"the body is not valid JSON: {error}") from None

    def at(self, target: str) -> Request:
        """The same request, seen from below a path prefix."""
        return Request(self.method, target, self.headers, self.body)


@dataclass
class Reply:
    """One HTTP answer. A large one comes in ``parts``, ``size`` bytes in all, after an empty body."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    parts: Iterable[bytes] = ()
    size: int = 0

    @property
    def length(self) -> int:
        return len(self.body) + self.size


def json_reply(status: int, data: object, content_type: str = "application/json") -> Reply:
    return Reply(status, msgspec.json.encode(data), {"Content-Type": content_type})

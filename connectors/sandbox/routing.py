"""Finds what answers a path; each entry carries what the vendor says about that endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

E = TypeVar("E")


@dataclass(frozen=True)
class Route(Generic[E]):
    """One method of one path."""

    method: str
    path: str
    endpoint: E


class RouteMap(Generic[E]):
    """All routes of a vendor. Paths are matched exactly: no redirects, no second slash."""

    def __init__(self, routes: Iterable[Route[E]]) -> None:
        rules = [Rule(route.path, methods=[route.method], endpoint=route.endpoint) for route in routes]
        self._map = Map(rules, strict_slashes=True, redirect_defaults=False, merge_slashes=False)
        self._adapter = self._map.bind("sandbox")

    def match(self, method: str, path: str) -> tuple[E, dict[str, Any]] | int:
        """The endpoint with its path arguments, or the status of the refusal."""
        try:
            endpoint, arguments = self._adapter.match(path, method)
        except NotFound:
            return 404
        except MethodNotAllowed:
            return 405
        return endpoint, dict(arguments)

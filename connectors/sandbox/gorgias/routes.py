"""One call to the helpdesk, and how resources declare what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused
from connectors.sandbox.routing import Route
from connectors.sandbox.wire import Reply, Request

Handler = Callable[..., Reply]


@dataclass(frozen=True, eq=False)
class Endpoint:
    """What answers a route, and the query parameters it knows."""

    handler: Handler
    params: frozenset[str]


@dataclass(frozen=True)
class Call:
    """A request on its way to an endpoint."""

    account: GorgiasAccount
    request: Request

    @property
    def params(self) -> MultiDict[str, str]:
        return self.request.query

    def body(self) -> Any:
        try:
            return self.request.json() if self.request.body else {}
        except ValueError as error:
            raise Refused(400, f"Invalid JSON: {error}") from None

    def flag(self, name: str, default: bool) -> bool:
        value = self.params.get(name, str(default)).lower()
        if value not in ("true", "false"):
            raise Refused(400, "Invalid query parameters.", {name: ["Not a valid boolean."]})
        return value == "true"

    def number(self, name: str, default: int, least: int = 0, most: int | None = None) -> int:
        text = self.params.get(name)
        if text is None:
            return default
        if not text.isdigit() or int(text) < least or (most is not None and int(text) > most):
            raise Refused(
                400, "Invalid query parameters.", {name: [f"Must be an integer from {least} to {most}."]}
            )
        return int(text)


class Routes(list[Route[Endpoint]]):
    """The routes of one resource."""

    def on(self, method: str, path: str, params: Iterable[str] = ()) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            self.append(Route(method, path, Endpoint(handler, frozenset(params))))
            return handler

        return add

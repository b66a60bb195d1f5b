"""One call to the marketing tool, and how resources declare what they answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.errors import invalid
from connectors.sandbox.klaviyo.limits import Tier
from connectors.sandbox.klaviyo.query import Asked, Query
from connectors.sandbox.klaviyo.shape import check
from connectors.sandbox.routing import Route
from connectors.sandbox.wire import Json, Reply, Request

Handler = Callable[..., Reply]
NO_QUERY = Query()


@dataclass(frozen=True, eq=False)
class Endpoint:
    """What answers a route, what it costs and what it demands."""

    name: str
    handler: Handler
    tier: Tier
    scopes: tuple[str, ...]
    query: Query
    slower: dict[str, Tier] = field(default_factory=dict)  # what to include or add, and the tier it costs

    def tier_for(self, asked: Asked) -> Tier:
        tiers = [self.tier, *(self.slower[one] for one in asked.include | asked.extras if one in self.slower)]
        return min(tiers, key=lambda tier: tier.steady)


@dataclass(frozen=True)
class Call:
    """A request on its way to an endpoint."""

    account: KlaviyoAccount
    request: Request
    asked: Asked

    @property
    def base(self) -> str:
        """The address that the vendor's paths are below, for links."""
        return f"http://{self.request.headers.get('Host', 'localhost')}/klaviyo"

    def body(self, shape: Json | list[Json]) -> Any:
        """The ``data`` of a body that fits the shape."""
        try:
            body = self.request.json()
        except ValueError as error:
            raise invalid(f"{str(error).capitalize()}.", "/") from None
        check({"data": shape}, body)
        return body["data"]


class Routes(list[Route[Endpoint]]):
    """The routes of one resource."""

    def on(
        self,
        method: str,
        path: str,
        tier: Tier,
        scopes: str,
        query: Query = NO_QUERY,
        slower: dict[str, Tier] | None = None,
    ) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            name = f"{method} {path}"
            endpoint = Endpoint(name, handler, tier, tuple(scopes.split()), query, slower or {})
            self.append(Route(method, path, endpoint))
            return handler

        return add

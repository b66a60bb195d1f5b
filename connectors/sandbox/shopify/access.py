"""Which scopes each type and field of the schema takes; one of those that are listed is enough.

https://shopify.dev/docs/api/usage/access-scopes
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from graphql import GraphQLError

from connectors.sandbox.shopify.account import ShopifyAccount

GID = re.compile(r"gid://shopify/(\w+)/(.+)")


@cache
def needed() -> dict[str, list[str]]:
    """By type, or type and field: ``Customer``, ``Location.name``."""
    found: dict[str, list[str]] = json.loads(Path(__file__).with_name("scopes.json").read_text())
    return found


def check(account: ShopifyAccount, parent: str, field: str, leads_to: str) -> None:
    """Raises GraphQLError where the app may not read what this field leads to."""
    kind = leads_to.removesuffix("Connection").removesuffix("Edge")
    for place in (f"{parent}.{field}", kind):
        need(account, needed().get(place, []), field)


def need(account: ShopifyAccount, scopes: list[str], name: str) -> None:
    """Raises GraphQLError. Who may write may read."""
    granted = account.scopes | {each.replace("write_", "read_", 1) for each in account.scopes}
    if scopes and not granted.intersection(scopes):
        wanted = f"`{scopes[0]}` access scope."
        raise denied(f"Access denied for {name} field. Required access: {wanted}", wanted)


def denied(sentence: str, wanted: str = "") -> GraphQLError:
    return GraphQLError(
        sentence,
        extensions={
            "code": "ACCESS_DENIED",
            "documentation": "https://shopify.dev/api/usage/access-scopes",
            **({"requiredAccess": wanted} if wanted else {}),
        },
    )


def parts(gid: str) -> tuple[str, str]:
    """The kind and the number of a global id. Raises GraphQLError."""
    match = GID.fullmatch(gid)
    if match is None:
        raise GraphQLError(f"Invalid global id '{gid}'")
    return match[1], match[2]


def refuse(error: GraphQLError) -> None:
    """Raises GraphQLError."""
    raise error


def personal(kind: str) -> GraphQLError:
    """For an app that was not approved for protected customer data."""
    return denied(
        f"This app is not approved to access the {kind} object. "
        "See https://shopify.dev/docs/apps/launch/protected-customer-data for more details."
    )

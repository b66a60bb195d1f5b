"""How a store stands with a capability: the best that its tools give, and what is in the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest

from connectors import capabilities, registry
from connectors.capabilities import Level, Standing, Tool
from connectors.models import Connection, Store
from connectors.roles import Heard, Helpdesk, Marketing, Storefront
from connectors.types import Transition

KNOWN = registry.all_vendors()
SHOPIFY = Tool(vendor=KNOWN["shopify"])
GORGIAS = Tool(vendor=KNOWN["gorgias"])


class Stall(Storefront):
    """A storefront without returns, whose left carts come by webhook or not at all."""

    slug = "stall"
    label = "Stall"
    tells: ClassVar[Mapping[str, Heard]] = {
        Transition.ORDER_PLACED: Heard(("orders",)),
        Transition.STOCK_CHANGED: Heard(),
        Transition.CART_ABANDONED: Heard(("carts",), is_polled=False),
    }
    lacks: ClassVar[Mapping[str, str]] = {"attach_label": "It has no returns.", "customer.tags": ""}
    scopes: ClassVar[Mapping[str, tuple[str, ...]]] = {"tag_customer": ("people", "tags")}


class Letters(Marketing):
    """A marketing tool that knows of carts too."""

    slug = "letters"
    label = "Letters"
    tells: ClassVar[Mapping[str, Heard]] = {Transition.CART_CHANGED: Heard()}


STALL = Tool(vendor=Stall)
VENDORS = [*KNOWN.values(), Stall, Letters]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        (Transition.ORDER_PLACED, Level.NATIVE),
        (Transition.STOCK_CHANGED, Level.POLLED),
        (Transition.RETURN_REQUESTED, Level.IMPOSSIBLE),
        (Transition.TICKET_OPENED, Level.IMPOSSIBLE),
        ("tag_customer", Level.NATIVE),
        ("attach_label", Level.IMPOSSIBLE),
        ("reply", Level.IMPOSSIBLE),
        ("no such thing", Level.IMPOSSIBLE),
    ],
)
def test_a_vendor_declares_what_it_tells_and_what_it_lacks(name, level):
    assert capabilities.level(Stall, name) == level


@pytest.mark.parametrize(
    ("topics", "name", "level"),
    [
        (["orders"], Transition.ORDER_PLACED, Level.NATIVE),
        ([], Transition.ORDER_PLACED, Level.POLLED),
        (["carts"], Transition.CART_ABANDONED, Level.NATIVE),
        (["orders"], Transition.CART_ABANDONED, Level.UNCONNECTED),
        ([], "tag_customer", Level.NATIVE),
    ],
)
def test_a_change_is_told_at_once_only_where_its_webhook_is_set_up(topics, name, level):
    assert Tool(vendor=Stall, topics=frozenset(topics)).level(name) == level


@pytest.mark.parametrize(
    ("tools", "name", "expected"),
    [
        ([SHOPIFY], "attach_label", Standing(level=Level.NATIVE, tool="Shopify")),
        (
            [STALL],
            "attach_label",
            Standing(level=Level.IMPOSSIBLE, tool="Stall", why="It has no returns."),
        ),
        ([STALL], Transition.RETURN_CLOSED, Standing(level=Level.IMPOSSIBLE, tool="Stall")),
        ([STALL], "customer.tags", Standing(level=Level.IMPOSSIBLE, tool="Stall")),
        ([], "attach_label", Standing(level=Level.UNCONNECTED, roles=("storefront",))),
        ([GORGIAS], Transition.ORDER_PAID, Standing(level=Level.UNCONNECTED, roles=("storefront",))),
        ([GORGIAS], Transition.TICKET_OPENED, Standing(level=Level.POLLED, tool="Gorgias")),
        ([GORGIAS, STALL], Transition.TICKET_OPENED, Standing(level=Level.POLLED, tool="Gorgias")),
        ([STALL, SHOPIFY], "attach_label", Standing(level=Level.NATIVE, tool="Shopify")),
        ([STALL], Transition.CART_CHANGED, Standing(level=Level.UNCONNECTED, roles=("marketing",))),
        ([STALL], Transition.CART_ABANDONED, Standing(level=Level.UNCONNECTED, tool="Stall")),
        ([], "no such thing", Standing(level=Level.IMPOSSIBLE)),
    ],
)
def test_the_best_of_all_tools_counts(tools, name, expected):
    assert capabilities.standing(name, tools, VENDORS) == expected


@pytest.mark.parametrize(
    ("missing", "level", "scopes"),
    [
        ([], Level.NATIVE, ()),
        (["tags"], Level.FORBIDDEN, ("tags",)),
        (["tags", "people", "orders"], Level.FORBIDDEN, ("people", "tags")),
        (["orders"], Level.NATIVE, ()),
    ],
)
def test_a_key_that_lacks_the_scope_forbids_it(missing, level, scopes):
    tool = Tool(vendor=Stall, missing_scopes=frozenset(missing))

    found = capabilities.standing("tag_customer", [tool], VENDORS)

    assert found == Standing(level=level, tool="Stall", scopes=scopes)


@pytest.mark.django_db
def test_tools_are_the_enabled_connections_with_what_is_known_of_their_key_and_webhooks():
    store = Store.objects.create(slug="north-ridge", name="North Ridge", platform="shopify")
    rows = [
        Connection(
            store=store,
            vendor="shopify",
            account={"missing_scopes": ["write_returns"]},
            webhook_topics=["RETURNS_CLOSE"],
        ),
        Connection(store=store, vendor="gorgias", is_enabled=False),
        Connection(store=store, vendor="gone"),
    ]

    (tool,) = capabilities.tools(rows)

    assert tool.vendor is KNOWN["shopify"]
    assert tool.level("attach_label") == Level.FORBIDDEN
    assert tool.level(Transition.RETURN_CLOSED) == Level.NATIVE
    assert tool.level(Transition.RETURN_REQUESTED) == Level.POLLED
    assert not capabilities.can(rows[2], "reply")


def test_every_capability_has_one_name_and_no_change_is_called_so():
    names = [
        each.name for role in {kind.role: kind for kind in KNOWN.values()}.values() for each in role.offers
    ]

    assert len(names) == len(set(names))
    assert not set(names) & set(Transition)
    assert Helpdesk.offers[0].name in names

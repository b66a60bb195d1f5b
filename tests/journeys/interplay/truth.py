"""What has to be so when everything was heard, read from the fake vendors alone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.clock import instant
from tests.chaos import truth

Json = dict[str, Any]
Cause = tuple[str, str]  # cause and reference

HEARD = timedelta(seconds=61)  # what is older than a minute is read again before anybody is written to
ABOUT_RETURN = "I want to return it"
GOES_ON = ("requested", "approved", "open")


def causes(gorgias: Json, shopify: Json) -> set[Cause]:
    """Of everybody who has something open."""
    found = {("ticket_hold", f"gorgias:ticket:{each['id']}") for each in _waiting(gorgias)}
    about_return = [each for each in _waiting(gorgias) if each["subject"] == ABOUT_RETURN]
    found |= {("return_hold", f"gorgias:ticket:{each['id']}") for each in about_return}
    open_returns = [each for each in shopify["returns"] if each["status"] in GOES_ON]
    found |= {("return_hold", f"shopify:return:{each['id']}") for each in open_returns}
    return found | {("stock_hold", f"shopify:product:{each}") for each in sold_out(shopify)}


def sold_out(shopify: Json) -> set[int]:
    return {each["id"] for each in shopify["products"] if left(shopify, each["id"]) <= 0}


def left(shopify: Json, product: int) -> int:
    items = [each["inventory_item_id"] for each in shopify["variants"] if each["product_id"] == product]
    levels = [each for each in shopify["levels"] if each["inventory_item_id"] in items]
    return sum(each["available"] for each in levels)


def _waiting(gorgias: Json) -> list[Json]:
    return [each for each in gorgias["tickets"] if truth.waits(each)]


def cart_of(shopify: Json, event: Json) -> Json:
    """The checkout that a reminder leads back to."""
    link = event["properties"]["checkout_url"]
    (found,) = [each for each in shopify["checkouts"] if each["abandoned_checkout_url"] == link]
    return dict(found)


def bought_since(shopify: Json, cart: Json, now: datetime) -> bool:
    """Whether its owner bought something after they left it, long enough ago to have been heard."""
    return any(
        instant(each["created_at"]) > instant(cart["updated_at"])
        for each in shopify["orders"]
        if each["email"] == cart["email"]
        and not each["cancelled_at"]
        and instant(each["created_at"]) < now - HEARD
    )


def answers(gorgias: Json) -> Counter[int]:
    """How often each ticket was answered: by us, as nobody else does here."""
    return Counter(
        ticket["id"]
        for ticket in gorgias["tickets"]
        for each in ticket["messages"]
        if each["from_agent"] and each["public"]
    )

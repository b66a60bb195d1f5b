"""What customers and staff do with returns, without us."""

from __future__ import annotations

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.shopify import bodies, hooks, returns, shop
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.shop import found
from connectors.sandbox.vendor import Verbs
from connectors.sandbox.wire import Json

verbs: Verbs[ShopifyAccount] = Verbs()


@verbs.add
def return_request(account: ShopifyAccount, body: Json) -> Json:
    """A customer wants to send something back: order_id, reason, note, line_items [id, …]."""
    row = shop.add_return(account, {**body, "status": "requested"})
    hooks.tell_return(account, row)
    return {**row, **bodies.returned(account, row)}


@verbs.add
def return_approve(account: ShopifyAccount, body: Json) -> Json:
    """Staff approve a return that was asked for: id."""
    return _moved(account, body, "approved")


@verbs.add
def return_decline(account: ShopifyAccount, body: Json) -> Json:
    """Staff decline a return that was asked for: id, reason, note."""
    row = found(account.returns, body.get("id"), "return")
    reason = str(body.get("reason", "other")).upper()
    row.update({"decline_reason": reason, "decline_note": body.get("note")})
    return _moved(account, body, "declined")


@verbs.add
def return_cancel(account: ShopifyAccount, body: Json) -> Json:
    """An approved return does not take place: id."""
    return _moved(account, body, "cancelled")


@verbs.add
def return_close(account: ShopifyAccount, body: Json) -> Json:
    """An approved return is done: id."""
    return _moved(account, body, "closed")


@verbs.add
def return_reopen(account: ShopifyAccount, body: Json) -> Json:
    """A return that was closed goes on: id."""
    return _moved(account, body, "open")


def _moved(account: ShopifyAccount, body: Json, status: str) -> Json:
    row = found(account.returns, body.get("id"), "return")
    if not returns.may_become(row, status):
        raise Refusal(f"A return that is {row['status']} cannot become {status}.", 409)
    returns.move(account, row, status)
    return {**row, **bodies.returned(account, row)}

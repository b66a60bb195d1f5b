"""Money that goes back: of lines, of a sum, or of everything that is left."""

from __future__ import annotations

from decimal import Decimal

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.shopify import totals
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.shop import found, touch
from connectors.sandbox.shopify.values import amount, gid
from connectors.sandbox.wire import Json


def refund(account: ShopifyAccount, order: Json, given: Json) -> Json:
    """Raises Refusal for a line of another order, and for more than is left."""
    left = Decimal(order["current_total_price"])
    lines = [_line(account, order, each) for each in given.get("refund_line_items", ())]
    sum_of_lines = sum((Decimal(each["subtotal"]) for each in lines), Decimal())
    given_sum = given.get("amount")
    paid_back = Decimal(str(given_sum)) if given_sum is not None else (sum_of_lines or left)
    if paid_back > left:
        raise Refusal(f"Only {amount(left)} of this order is left to refund.")
    row = _row(account, order, given, lines, paid_back)
    order["refunds"].append(row)
    order["current_total_price"] = amount(left - paid_back)
    order["financial_status"] = "refunded" if left == paid_back else "partially_refunded"
    touch(account, order)
    customer = account.customers.get(order["customer_id"])
    if customer is not None:
        totals.given_back(account, order, paid_back)
        touch(account, customer)
    return row


def _row(account: ShopifyAccount, order: Json, given: Json, lines: list[Json], paid_back: Decimal) -> Json:
    number = account.next_refund()
    paid = {"kind": "refund", "status": "success", "amount": amount(paid_back), "currency": order["currency"]}
    return {
        "id": number,
        "admin_graphql_api_id": gid("Refund", number),
        "order_id": order["id"],
        "created_at": account.stamp(),
        "processed_at": account.stamp(),
        "note": given.get("note", ""),
        "refund_line_items": lines,
        "transactions": [{**paid, "order_id": order["id"]}] if paid_back else [],
    }


def _line(account: ShopifyAccount, order: Json, given: Json) -> Json:
    line = found(account.lines, given.get("line_item_id"), "line item")
    if line["id"] not in order["line_items"]:
        raise Refusal("That line item belongs to another order.")
    quantity = int(given.get("quantity", 1))
    if not 0 < quantity <= line["current_quantity"]:
        raise Refusal(f"Of that line {line['current_quantity']} can be refunded, not {quantity}.")
    line["current_quantity"] -= quantity
    return {
        "line_item_id": line["id"],
        "quantity": quantity,
        "subtotal": amount(Decimal(line["price"]) * quantity),
        "restock_type": given.get("restock_type", "no_restock"),
    }

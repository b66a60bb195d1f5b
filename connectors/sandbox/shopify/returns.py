"""Returns as GraphQL shows them, and how they move on.

https://shopify.dev/docs/apps/build/orders-fulfillment/returns-apps
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors.sandbox.shopify import hooks, shapes
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.shop import touch
from connectors.sandbox.shopify.subscriptions import refused
from connectors.sandbox.shopify.values import gid
from connectors.sandbox.wire import Json

if TYPE_CHECKING:
    from connectors.sandbox.shopify.graph import Graph

STATUS = {
    "requested": "REQUESTED", "approved": "OPEN", "open": "OPEN", "closed": "CLOSED",
    "declined": "DECLINED", "cancelled": "CANCELED", "canceled": "CANCELED",
}  # fmt: skip
BEFORE = {
    "approved": ("requested",), "declined": ("requested",), "cancelled": ("approved", "open"),
    "closed": ("approved", "open"), "open": ("closed",),
}  # fmt: skip


def may_become(row: Json, status: str) -> bool:
    return row["status"] in BEFORE[status]


def move(account: ShopifyAccount, row: Json, status: str) -> None:
    """A return moves on, and its order's stamp with it."""
    row["status"] = status
    if status == "approved":
        row["approved_at"] = account.stamp()
    row["closed_at"] = account.stamp() if status in ("closed", "declined", "cancelled") else None
    order = account.orders.rows[row["order_id"]]
    order["return_status"] = shapes.return_status(account, order)
    touch(account, order)
    hooks.tell_return(account, row)


def label_trouble(row: Json | None, given: Json) -> list[Json]:
    """Why a return cannot be given this label, as user errors."""
    if row is None or not row["approved_at"]:
        sentence, code = "Reverse fulfillment order does not exist.", "NOT_FOUND"
        return refused(sentence, "reverseFulfillmentOrderId", code=code)
    if row["closed_at"]:
        return refused("Reverse fulfillment order is closed.", "reverseFulfillmentOrderId", code="INVALID")
    if urlsplit(str(given.get("fileUrl"))).scheme not in ("http", "https"):
        return refused("File url is invalid.", "labelInput", "fileUrl", code="INVALID")
    return []


def shown(graph: Graph, row: Json) -> Json:
    account = graph.account
    lines = [account.lines.rows[key] for key in row["line_items"]]
    decline = {"reason": row["decline_reason"], "note": row["decline_note"]}
    return {
        "name": row["name"],
        "status": STATUS[row["status"]],
        "createdAt": row["created_at"],
        "requestApprovedAt": row["approved_at"],
        "closedAt": row["closed_at"],
        "totalQuantity": sum(each["quantity"] for each in lines),
        "decline": decline if row["status"] == "declined" else None,
        "order": lambda: graph.show("Order", account.orders.get(row["order_id"])),
        "returnLineItems": lambda: [_line(graph, row, each) for each in lines],
        "reverseFulfillmentOrders": lambda: [_reverse(row, lines)] if row["approved_at"] else [],
    }


def _line(graph: Graph, row: Json, line: Json) -> Json:
    return {
        "__typename": "ReturnLineItem",
        "id": gid("ReturnLineItem", line["id"]),
        "quantity": line["quantity"],
        "refundableQuantity": line["current_quantity"],
        "customerNote": row["note"],
        "returnReasonNote": "",
        "returnReasonDefinition": {
            "id": gid("ReturnReasonDefinition", 1),
            "handle": row["reason"],
            "name": row["reason"].replace("_", " ").capitalize(),
        },
        "fulfillmentLineItem": {
            "id": gid("FulfillmentLineItem", line["id"]),
            "lineItem": graph.show("LineItem", line),
        },
    }


def _reverse(row: Json, lines: list[Json]) -> Json:
    return {
        "id": gid("ReverseFulfillmentOrder", row["id"]),
        "status": "CLOSED" if row["closed_at"] else "OPEN",
        "lineItems": [
            {"id": gid("ReverseFulfillmentOrderLineItem", each["id"]), "totalQuantity": each["quantity"]}
            for each in lines
        ],
        "reverseDeliveries": [delivery(row)] if row["label_url"] else [],
    }


def delivery(row: Json) -> Json:
    """The label that was attached, with the number it can be followed by."""
    number = row.get("tracking")
    return {
        "id": gid("ReverseDelivery", row["id"]),
        "deliverable": {
            "__typename": "ReverseDeliveryShippingDeliverable",
            "label": {"publicFileUrl": row["label_url"]},
            "tracking": {"number": number, "url": None, "carrierName": None} if number else None,
        },
    }

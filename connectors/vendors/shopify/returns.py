"""Returns. https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Return

They carry no stamp of their last change, so the newest of their own times and their order's counts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.types import LineItem, ReturnSnapshot
from connectors.values import instant, mapping, rows, text
from connectors.vendors.shopify.ids import number
from connectors.vendors.shopify.parts import BEGINNING, buyer, in_order, whole

STATUS = {
    "REQUESTED": "requested",
    "OPEN": "approved",
    "CLOSED": "closed",
    "DECLINED": "declined",
    "CANCELED": "cancelled",
}

Row = dict[str, Any]


def snapshot(node: Row) -> ReturnSnapshot:
    """Raises ValueError when it cannot be one."""
    id_, order = number(node.get("id")), mapping(node.get("order"))
    customer = mapping(order.get("customer"))
    if not id_:
        raise ValueError("The return from Shopify lacks an id.")
    lines = rows(mapping(node.get("returnLineItems")).get("nodes"))
    return ReturnSnapshot(
        id=id_,
        source_at=_newest(node, order),
        number=text(node.get("name"), 60),
        order_id=number(order.get("id")),
        order_number=text(order.get("name"), 60),
        customer=buyer(
            customer.get("id"),
            [order.get("email"), mapping(customer.get("defaultEmailAddress")).get("emailAddress")],
        ),
        items=in_order(_line(each) for each in lines),
        status=STATUS.get(text(node.get("status"), 40), ""),
        reason=text(mapping(lines[0].get("returnReasonDefinition")).get("handle"), 60) if lines else "",
        label_url=_label(node),
        requested_at=instant(node.get("createdAt")),
        approved_at=instant(node.get("requestApprovedAt")),
        closed_at=instant(node.get("closedAt")),
    )


def _line(node: Row) -> LineItem:
    sold = mapping(mapping(node.get("fulfillmentLineItem")).get("lineItem"))
    return LineItem(
        sku=text(sold.get("sku"), 100),
        title=text(sold.get("title")),
        quantity=whole(node.get("quantity")) or 0,
    )


def _newest(node: Row, order: Row) -> datetime:
    told = [node.get(name) for name in ("createdAt", "requestApprovedAt", "closedAt")]
    stamps = [found for each in [*told, order.get("updatedAt")] if (found := instant(each))]
    return max(stamps, default=BEGINNING)


def labels(sent_back: Row) -> list[str]:
    """Where the labels of a reverse fulfilment order are."""
    deliveries = rows(mapping(sent_back.get("reverseDeliveries")).get("nodes"))
    found = (mapping(mapping(each.get("deliverable")).get("label")) for each in deliveries)
    return [text(each["publicFileUrl"], 2000) for each in found if each.get("publicFileUrl")]


def _label(node: Row) -> str:
    sent_back = rows(mapping(node.get("reverseFulfillmentOrders")).get("nodes"))
    return next((url for each in sent_back for url in labels(each)), "")

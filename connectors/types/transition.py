"""What can change about an object: the vocabulary that recipes hear."""

from __future__ import annotations

from enum import StrEnum


class Transition(StrEnum):
    """The name of one kind of change, as stored and written in client files."""

    TICKET_OPENED = "ticket.opened"
    TICKET_CHANGED = "ticket.changed"
    TICKET_CLOSED = "ticket.closed"
    ORDER_PLACED = "order.placed"
    ORDER_PAID = "order.paid"
    ORDER_FULFILLED = "order.fulfilled"
    ORDER_DELAYED = "order.delayed"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_REFUNDED = "order.refunded"
    CART_CHANGED = "cart.changed"
    CART_ABANDONED = "cart.abandoned"
    CART_RECOVERED = "cart.recovered"
    STOCK_CHANGED = "stock.changed"
    PRODUCT_CHANGED = "product.changed"
    PRODUCT_VIEWED = "product.viewed"
    CUSTOMER_CHANGED = "customer.changed"
    CUSTOMER_MERGED = "customer.merged"
    RETURN_REQUESTED = "return.requested"
    RETURN_APPROVED = "return.approved"
    RETURN_CLOSED = "return.closed"

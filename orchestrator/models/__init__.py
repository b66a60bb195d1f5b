"""The tables: what was heard, what is so, what is owed, what happened."""

from orchestrator.models.attention import Attention
from orchestrator.models.enrolment import Enrolment
from orchestrator.models.heartbeat import Heartbeat, Process
from orchestrator.models.importing import Import
from orchestrator.models.inbox import Delivery, InboxEvent
from orchestrator.models.ledger import Suppression, VendorState
from orchestrator.models.mirror import (
    Cart,
    Customer,
    CustomerKey,
    CustomerRecord,
    Order,
    Product,
    Return,
    Ticket,
)
from orchestrator.models.outbox import OutboxAction
from orchestrator.models.reorder import ReorderDraft
from orchestrator.models.runlog import RunLogEntry
from orchestrator.models.sales import Sale, StockDay
from orchestrator.models.stop import Stop

__all__ = [
    "Attention",
    "Cart",
    "Customer",
    "CustomerKey",
    "CustomerRecord",
    "Delivery",
    "Enrolment",
    "Heartbeat",
    "Import",
    "InboxEvent",
    "Order",
    "OutboxAction",
    "Process",
    "Product",
    "ReorderDraft",
    "Return",
    "RunLogEntry",
    "Sale",
    "StockDay",
    "Stop",
    "Suppression",
    "Ticket",
    "VendorState",
]

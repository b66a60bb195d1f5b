"""The tables: what was heard, what is so, what is owed, what happened."""

from orchestrator.models.approval import Approval
from orchestrator.models.attention import Attention
from orchestrator.models.backtest import Backtest, BacktestLine
from orchestrator.models.blueprint import Blueprint, BlueprintPush
from orchestrator.models.enrolment import Enrolment
from orchestrator.models.export import ExportJob, ExportPart
from orchestrator.models.heartbeat import Heartbeat, Process
from orchestrator.models.importing import Import
from orchestrator.models.inbox import Delivery, InboxEvent
from orchestrator.models.issued_code import IssuedCode
from orchestrator.models.ledger import Suppression, VendorState
from orchestrator.models.mirror import (
    Cart,
    Customer,
    CustomerKey,
    CustomerRecord,
    Order,
    Prediction,
    Product,
    Return,
    Ticket,
    View,
)
from orchestrator.models.outbox import OutboxAction
from orchestrator.models.reorder import ReorderDraft
from orchestrator.models.rollout import Existing, Inventory, WeeklyReview
from orchestrator.models.runlog import RunLogEntry
from orchestrator.models.sales import Sale, StockDay
from orchestrator.models.saved_filter import SavedFilter
from orchestrator.models.second_factor import SecondFactor
from orchestrator.models.setup import SetUpItem
from orchestrator.models.stop import Stop

__all__ = [
    "Approval",
    "Attention",
    "Backtest",
    "BacktestLine",
    "Blueprint",
    "BlueprintPush",
    "Cart",
    "Customer",
    "CustomerKey",
    "CustomerRecord",
    "Delivery",
    "Enrolment",
    "Existing",
    "ExportJob",
    "ExportPart",
    "Heartbeat",
    "Import",
    "InboxEvent",
    "Inventory",
    "IssuedCode",
    "Order",
    "OutboxAction",
    "Prediction",
    "Process",
    "Product",
    "ReorderDraft",
    "Return",
    "RunLogEntry",
    "Sale",
    "SavedFilter",
    "SecondFactor",
    "SetUpItem",
    "StockDay",
    "Stop",
    "Suppression",
    "Ticket",
    "VendorState",
    "View",
    "WeeklyReview",
]

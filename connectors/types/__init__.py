"""What travels between vendors, the mirror and the recipes: frozen values, nothing else."""

from connectors.types.exchange import (
    Account,
    Page,
    Parsed,
    Reference,
    Sending,
    Step,
    Token,
    WebhookState,
)
from connectors.types.snapshots import (
    AnySnapshot,
    CartSnapshot,
    CustomerSnapshot,
    LineItem,
    Money,
    OrderSnapshot,
    Person,
    ProductSnapshot,
    ReturnSnapshot,
    Snapshot,
    TicketSnapshot,
    Variant,
)
from connectors.types.transition import (
    Transition,
)

__all__ = [
    "Account",
    "AnySnapshot",
    "CartSnapshot",
    "CustomerSnapshot",
    "LineItem",
    "Money",
    "OrderSnapshot",
    "Page",
    "Parsed",
    "Person",
    "ProductSnapshot",
    "Reference",
    "ReturnSnapshot",
    "Sending",
    "Snapshot",
    "Step",
    "TicketSnapshot",
    "Token",
    "Transition",
    "Variant",
    "WebhookState",
]

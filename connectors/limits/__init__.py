"""What vendors allow: their limits as pure values, what is left of them, and whether a vendor answers."""

from connectors.limits.breaker import Breaker
from connectors.limits.bucket import Bucket, Left, State
from connectors.limits.gate import Entry, Gate, Open, Use
from connectors.limits.kinds import Burst, Leak, Limit, Mark, Told, Window
from connectors.limits.limited import Limited

__all__ = [
    "Breaker",
    "Bucket",
    "Burst",
    "Entry",
    "Gate",
    "Leak",
    "Left",
    "Limit",
    "Limited",
    "Mark",
    "Open",
    "State",
    "Told",
    "Use",
    "Window",
]

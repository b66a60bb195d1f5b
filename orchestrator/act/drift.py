"""Compares what a marketing account shows with the ledger, by each way of holding people there."""

from __future__ import annotations

from datetime import datetime

from connectors.models import Connection
from connectors.roles import Marketing
from orchestrator.act import drivers


def compare(connection: Connection, vendor: Marketing, now: datetime) -> None:
    """The hourly look at one marketing account. Raises VendorError."""
    for driver in drivers.all_drivers().values():
        driver.compare(connection, vendor, now)

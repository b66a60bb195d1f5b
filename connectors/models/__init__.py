"""Clients and their accounts at the vendors."""

from connectors.models.budget import VendorAccount
from connectors.models.connection import Connection, Cursor
from connectors.models.store import ADMINISTER, Store

__all__ = ["ADMINISTER", "Connection", "Cursor", "Store", "VendorAccount"]

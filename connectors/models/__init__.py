"""Clients and their accounts at the vendors."""

from connectors.models.budget import VendorAccount
from connectors.models.connection import Connection, Cursor
from connectors.models.store import Store

__all__ = ["Connection", "Cursor", "Store", "VendorAccount"]

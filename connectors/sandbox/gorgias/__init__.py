"""A fake Gorgias helpdesk."""

from connectors.sandbox.gorgias.helpdesk import Gorgias as VENDOR

__all__ = ["VENDOR"]

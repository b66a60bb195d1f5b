"""A fake Klaviyo account."""

from connectors.sandbox.klaviyo.marketing import Klaviyo as VENDOR

__all__ = ["VENDOR"]

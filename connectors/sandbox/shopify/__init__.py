"""A fake Shopify store."""

from connectors.sandbox.shopify.storefront import Shopify as VENDOR

__all__ = ["VENDOR"]

"""Take a tag off the customer in the storefront."""

from __future__ import annotations

from typing import ClassVar

from rules.actions.storefront_tag import CustomerTag


class UntagCustomer(CustomerTag, frozen=True, kw_only=True):
    slug: ClassVar[str] = "untag_customer"
    label: ClassVar[str] = "Remove a tag from the customer in the storefront"
    is_on: ClassVar[bool] = False

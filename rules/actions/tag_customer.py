"""Tag the customer in the storefront."""

from __future__ import annotations

from typing import ClassVar

from rules.actions.storefront_tag import CustomerTag


class TagCustomer(CustomerTag, frozen=True, kw_only=True):
    slug: ClassVar[str] = "tag_customer"
    label: ClassVar[str] = "Tag the customer in the storefront"
    is_on: ClassVar[bool] = True

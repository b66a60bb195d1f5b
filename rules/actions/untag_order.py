"""Take a tag off the order that changed, in the storefront."""

from __future__ import annotations

from typing import ClassVar

from rules.actions.storefront_tag import OrderTag


class UntagOrder(OrderTag, frozen=True, kw_only=True):
    slug: ClassVar[str] = "untag_order"
    label: ClassVar[str] = "Remove a tag from the order in the storefront"
    is_on: ClassVar[bool] = False

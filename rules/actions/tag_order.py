"""Tag the order that changed, in the storefront."""

from __future__ import annotations

from typing import ClassVar

from rules.actions.storefront_tag import OrderTag


class TagOrder(OrderTag, frozen=True, kw_only=True):
    slug: ClassVar[str] = "tag_order"
    label: ClassVar[str] = "Tag the order in the storefront"
    is_on: ClassVar[bool] = True

"""Where customers buy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

import msgspec

from connectors.roles.capability import Capability
from connectors.roles.vendor import Vendor


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """A discount code: ``percent`` (0 to 100) or ``amount`` (in the store's currency) off, free shipping
    where neither is given. ``title`` is for staff, and tells ours from others. ``customer_id`` "" means
    anybody; ``uses`` 0 no limit."""

    code: str
    title: str
    starts_at: datetime
    percent: Decimal | None = None
    amount: Decimal | None = None
    ends_at: datetime | None = None
    customer_id: str = ""
    uses: int = 1

    @property
    def is_free_shipping(self) -> bool:
        return self.percent is None and self.amount is None


class Storefront(Vendor):
    """Where customers buy."""

    role = "storefront"
    offers: ClassVar[tuple[Capability, ...]] = (
        Capability("tag_customer", "put tags on customers", ("add_tags", "remove_tags")),
        Capability("tag_order", "put tags on orders", ("add_tags", "remove_tags")),
        Capability("create_discount", "make discount codes", ("create_discount", "find_discount")),
        Capability("attach_label", "attach labels to returns", ("attach_label", "has_label")),
        Capability("customer.tags", "tell the tags of customers"),
    )

    def add_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        """``kind`` is customer, order or product. Keeps the other tags; safe to repeat.

        Raises NotFound when there is no such object.
        """
        raise NotImplementedError

    def remove_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        """Safe to repeat. Raises NotFound when there is no such object."""
        raise NotImplementedError

    def create_discount(self, discount: Discount) -> str:
        """Make a code that one person may use; the vendor's id of it. Safe to repeat: a code of this title
        that is there already is answered with its id.

        Raises Refused (``discount_code_taken``) where one of another title is there.
        """
        raise NotImplementedError

    def find_discount(self, code: str, title: str = "") -> str:
        """The vendor's id of a discount code (of this title, where one is named), "" when there is none."""
        raise NotImplementedError

    def attach_label(self, return_id: str, url: str) -> None:
        """Give an approved return the label that this address leads to; none where it has one.

        Raises Refused while it is not approved.
        """
        raise NotImplementedError

    def has_label(self, return_id: str) -> bool:
        raise NotImplementedError

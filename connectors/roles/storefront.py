"""Where customers buy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from connectors.roles.vendor import Vendor


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """A discount code. ``percent`` is 0 to 100. ``customer_id`` "" means anybody; ``uses`` 0 no limit."""

    code: str
    title: str
    percent: Decimal
    starts_at: datetime
    ends_at: datetime | None = None
    customer_id: str = ""
    uses: int = 1


class Storefront(Vendor):
    """Where customers buy."""

    role = "storefront"

    def add_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        """``kind`` is customer, order or product. Keeps the other tags; safe to repeat.

        Raises NotFound when there is no such object.
        """
        raise NotImplementedError

    def remove_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        """Safe to repeat. Raises NotFound when there is no such object."""
        raise NotImplementedError

    def create_discount(self, discount: Discount) -> str:
        """Make a code that one person may use; the vendor's id of it. Safe to repeat: a code that is there
        already is answered with its id."""
        raise NotImplementedError

    def find_discount(self, code: str) -> str:
        """The vendor's id of a discount code, "" when there is none."""
        raise NotImplementedError

    def attach_label(self, return_id: str, url: str) -> None:
        """Give an approved return the label that this address leads to; none where it has one.

        Raises Refused while it is not approved.
        """
        raise NotImplementedError

    def has_label(self, return_id: str) -> bool:
        raise NotImplementedError

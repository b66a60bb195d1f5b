"""Take a tag off the customer in the storefront."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from connectors.roles import Storefront
from connectors.types import AnySnapshot, CustomerSnapshot
from rules.actions.customer_tag import CustomerTag, has_tag, without
from rules.facts import CustomerFacts
from rules.sentences import quoted


class UntagCustomer(CustomerTag, frozen=True, kw_only=True):
    slug: ClassVar[str] = "untag_customer"
    label: ClassVar[str] = "Remove a tag from the customer in the storefront"

    @classmethod
    def needless(cls, customer: CustomerFacts, tag: str) -> str:
        return "not_tagged" if has_tag(customer, tag) is False else ""

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"remove the tag {quoted(arguments['tag'])} from the customer in the storefront"

    def sentence(self) -> str:
        return f"Remove the tag {quoted(self.tag)} from customer {self.customer_id} in the storefront"

    def perform(self, platform: Storefront, key: str) -> None:
        platform.remove_tags("customer", self.customer_id, [self.tag])

    def imprint(self, known: AnySnapshot, told: AnySnapshot) -> AnySnapshot:
        if not isinstance(known, CustomerSnapshot):
            return known
        return msgspec.structs.replace(known, tags=tuple(sorted(without(known.tags, self.tag))))

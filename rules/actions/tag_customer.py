"""Tag the customer in the storefront."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from connectors.roles import Storefront
from connectors.types import AnySnapshot, CustomerSnapshot
from rules.actions.customer_tag import CustomerTag, has_tag, without
from rules.facts import CustomerFacts
from rules.sentences import quoted


class TagCustomer(CustomerTag, frozen=True, kw_only=True):
    slug: ClassVar[str] = "tag_customer"
    label: ClassVar[str] = "Tag the customer in the storefront"

    @classmethod
    def needless(cls, customer: CustomerFacts, tag: str) -> str:
        return "tagged_already" if has_tag(customer, tag) else ""

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"tag the customer {quoted(arguments['tag'])} in the storefront"

    def sentence(self) -> str:
        return f"Tag customer {self.customer_id} {quoted(self.tag)} in the storefront"

    def perform(self, platform: Storefront, key: str) -> None:
        platform.add_tags("customer", self.customer_id, [self.tag])

    def imprint(self, known: AnySnapshot, told: AnySnapshot) -> AnySnapshot:
        """The storefront keeps the spelling that it has."""
        if not isinstance(known, CustomerSnapshot) or not isinstance(told, CustomerSnapshot):
            return known
        spelt = set(told.tags) - without(told.tags, self.tag) or {self.tag}
        return msgspec.structs.replace(known, tags=tuple(sorted(without(known.tags, self.tag) | spelt)))

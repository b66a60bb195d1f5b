"""What putting a tag on a customer and taking it off have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms
from django.core.validators import RegexValidator

from connectors.roles import Storefront
from rules.actions.base import Action, Missing
from rules.facts import CustomerFacts, Facts

# Storefronts write tags in one line, so a comma would make two of one.
ONE_TAG = RegexValidator(r"\A[^,]+\Z", "A tag cannot hold a comma. Use an action for each tag.")


class CustomerTag(Action[Storefront], frozen=True, kw_only=True):
    role: ClassVar[str] = "storefront"
    repeat_safe: ClassVar[bool] = True  # a customer has a tag or not

    customer_id: str
    tag: str

    class Arguments(forms.Form):
        tag = forms.CharField(max_length=255, validators=[ONE_TAG])

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        """What is so already is not asked for: our own change comes back to us as news."""
        customer = facts.customer
        if customer is None or not customer.record_id:
            return Missing("no_record")
        tag = arguments["tag"]
        if reason := cls.needless(customer, tag):
            return Missing(reason)
        return cls(customer_id=customer.record_id, tag=tag)

    @property
    def target(self) -> tuple[str, str]:
        return ("customer", self.customer_id)

    @property
    def sets(self) -> tuple[str, ...]:
        """Putting it on and taking it off are two wishes for the same."""
        return ("customer tag", self.customer_id, self.tag.casefold())

    @classmethod
    def needless(cls, customer: CustomerFacts, tag: str) -> str:
        """Why there is nothing to do, "" when there is."""
        raise NotImplementedError


def has_tag(customer: CustomerFacts, tag: str) -> bool | None:
    """None where the tags are not known. Storefronts take capital and small letters for the same."""
    return None if customer.tags is None else tag.casefold() in map(str.casefold, customer.tags)


def without(tags: tuple[str, ...], tag: str) -> set[str]:
    """These tags but for one, however it is spelt."""
    return {each for each in tags if each.casefold() != tag.casefold()}

"""What putting a tag on something in the storefront and taking it off have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

import msgspec
from django import forms
from django.core.validators import RegexValidator

from connectors.errors import NotFound
from connectors.roles import Storefront
from connectors.types import AnySnapshot, CustomerSnapshot, OrderSnapshot
from rules.actions.base import Action, Missing, Needless
from rules.facts import Facts
from rules.sentences import quoted

# Storefronts write tags in one line, so a comma would make two of one.
ONE_TAG = RegexValidator(r"\A[^,]+\Z", "A tag cannot hold a comma. Use an action for each tag.")


class StorefrontTag(Action[Storefront], frozen=True, kw_only=True):
    """``is_on``: it puts the tag on, or takes it off. ``kind``: what the storefront role calls the thing."""

    role: ClassVar[str] = "storefront"
    repeat_safe: ClassVar[bool] = True  # a thing has a tag or not
    kind: ClassVar[str]
    is_on: ClassVar[bool]

    tag: str

    class Arguments(forms.Form):
        tag = forms.CharField(max_length=255, validators=[ONE_TAG])

    @property
    def object_id(self) -> str:
        raise NotImplementedError

    @classmethod
    def needless(cls, tags: tuple[str, ...] | None, tag: str) -> str:
        """Why there is nothing to do, "" when there is: our own change comes back to us as news."""
        has = has_tag(tags, tag)
        if has is None or has is not cls.is_on:
            return ""
        return "tagged_already" if has else "not_tagged"

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        tag = quoted(arguments["tag"])
        done = f"tag the {cls.kind} {tag}" if cls.is_on else f"remove the tag {tag} from the {cls.kind}"
        return f"{done} in the storefront"

    def sentence(self) -> str:
        tag, thing = quoted(self.tag), f"{self.kind} {self.object_id}"
        done = f"Tag {thing} {tag}" if self.is_on else f"Remove the tag {tag} from {thing}"
        return f"{done} in the storefront"

    def perform(self, platform: Storefront, key: str) -> Needless | None:
        """What is gone there needs no tag; a customer who was merged has theirs under the other record."""
        change = platform.add_tags if self.is_on else platform.remove_tags
        try:
            change(self.kind, self.object_id, [self.tag])
        except NotFound:
            return Needless("object_gone")
        return None

    @property
    def target(self) -> tuple[str, str]:
        return (self.kind, self.object_id)

    @property
    def sets(self) -> tuple[str, ...]:
        """Putting it on and taking it off are two wishes for the same."""
        return (f"{self.kind} tag", self.object_id, self.tag.casefold())

    def imprint(self, known: AnySnapshot, told: AnySnapshot) -> AnySnapshot:
        """The storefront keeps the spelling that it has."""
        tagged = CustomerSnapshot | OrderSnapshot
        if not isinstance(known, tagged) or not isinstance(told, tagged):
            return known
        spelt = set(told.tags) - _without(told.tags, self.tag) or {self.tag}
        tags = _without(known.tags, self.tag) | (spelt if self.is_on else set())
        return msgspec.structs.replace(known, tags=tuple(sorted(tags)))


class CustomerTag(StorefrontTag, frozen=True, kw_only=True):
    asks: ClassVar[str] = "tag_customer"
    kind: ClassVar[str] = "customer"

    customer_id: str

    @property
    def object_id(self) -> str:
        return self.customer_id

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        customer, tag = facts.customer, arguments["tag"]
        if customer is None or not customer.record_id:
            return Missing("no_record")
        if reason := cls.needless(customer.tags, tag):
            return Missing(reason)
        return cls(customer_id=customer.record_id, tag=tag)


class OrderTag(StorefrontTag, frozen=True, kw_only=True):
    asks: ClassVar[str] = "tag_order"
    kind: ClassVar[str] = "order"

    order_id: str

    @property
    def object_id(self) -> str:
        return self.order_id

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        if facts.order is None:
            return Missing("no_order")
        if reason := cls.needless(facts.order.tags, arguments["tag"]):
            return Missing(reason)
        return cls(order_id=facts.order.id, tag=arguments["tag"])


def has_tag(tags: tuple[str, ...] | None, tag: str) -> bool | None:
    """None where the tags are not known. Storefronts take capital and small letters for the same."""
    return None if tags is None else tag.casefold() in map(str.casefold, tags)


def _without(tags: tuple[str, ...], tag: str) -> set[str]:
    """These tags but for one, however it is spelt."""
    return {each for each in tags if each.casefold() != tag.casefold()}

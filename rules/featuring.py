"""Which campaigns feature a product. No vendor says so: the clues are told, the surest first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any

import msgspec

from connectors.types import Campaign, ProductSnapshot
from rules.sentences import excerpt, quoted

TAG = "product:"
SHORTEST = 4  # characters of a SKU, id or title that is looked for in a text


class Surety(IntEnum):
    """How sure a clue is: the first two are said by people."""

    TAG = 1
    MAPPING = 2
    TEXT = 3
    NAME = 4


class Match(msgspec.Struct, frozen=True):
    """``told`` is the clue in words, such as: tagged “product:SKU-1”."""

    surety: Surety
    told: str


def match(
    product: ProductSnapshot, campaign: Campaign, mapping: Mapping[str, Any], copy: str = ""
) -> Match | None:
    """The surest clue that this campaign features this product. ``copy`` is the text of its mail."""
    return next(_clues(product, campaign, mapping, copy), None)


def _clues(
    product: ProductSnapshot, campaign: Campaign, mapping: Mapping[str, Any], copy: str
) -> Iterator[Match]:
    names = {name.casefold() for name in names_of(product)}
    for tag in campaign.tags:
        if tag.casefold().startswith(TAG) and tag.casefold().removeprefix(TAG).strip() in names:
            yield Match(Surety.TAG, f"tagged {quoted(tag)}")
    if campaign_of := _mapped(names, campaign, mapping):
        yield Match(Surety.MAPPING, f"the rule names {quoted(campaign_of)}")
    said = "\n".join(campaign.texts)
    if words := _found(product, said):
        yield Match(Surety.TEXT, f"its subject or text says {quoted(words)}")
    if words := _found(product, copy):
        yield Match(Surety.TEXT, f"its template says {quoted(words)}")
    if words := _found(product, campaign.name):
        yield Match(Surety.NAME, f"its name says {quoted(words)}")


def names_of(product: ProductSnapshot) -> list[str]:
    """By which people and links call it."""
    given = [product.id, product.handle, *(each.sku for each in product.variants)]
    return list(dict.fromkeys(each for each in given if each))


def _mapped(names: Iterable[str], campaign: Campaign, mapping: Mapping[str, Any]) -> str:
    """What the table names for the product that is this campaign: its id, its name or one of its tags."""
    mine = {campaign.id.casefold(), campaign.name.casefold(), *(each.casefold() for each in campaign.tags)}
    for product, campaigns in mapping.items():
        if product.casefold() in names:
            for each in campaigns:
                if each.casefold() in mine:
                    return str(each)
    return ""


def _found(product: ProductSnapshot, said: str) -> str:
    """The words in a text that mean the product: its page, its title, a SKU or its id as whole words."""
    said = said.lower()
    handle = product.handle.lower()
    if handle and f"/{handle}" in said and re.search(rf"/{re.escape(handle)}(?![\w-])", said):
        return f"/{product.handle}"
    for each in (product.title, *(variant.sku for variant in product.variants), product.id):
        if len(each) >= SHORTEST and _has_words(said, each.lower()):
            return excerpt(each, 80)
    return ""


def _has_words(said: str, words: str) -> bool:
    """Few texts hold them at all, so the cheap question comes first."""
    return words in said and bool(re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", said))


def told(campaign: Campaign, found: Match) -> str:
    """“Summer sale” (email): tagged “product:SKU-1”"""
    return excerpt(f"{quoted(excerpt(campaign.name, 100))} ({campaign.channel}): {found.told}", 300)

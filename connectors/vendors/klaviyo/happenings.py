"""What an event of the shop, as Klaviyo heard it, means for us.

Every integration spells the properties in its own way (ProductID, Product ID, product_id), so they are found
by their letters. https://developers.klaviyo.com/en/docs/guide_to_integrating_a_platform_without_a_pre_built_klaviyo_integration
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.types import Person, ViewSnapshot
from connectors.values import emails, instant, mapping, text
from connectors.vendors.klaviyo.api import Item, attributes

PRODUCT_IDS = ("productid", "itemid", "productgid")
TITLES = ("productname", "name", "title", "producttitle", "itemname")
NOTHING: tuple[Any, ...] = (None, "", [], {})
ADDRESSES = ("producturl", "url", "itemurl")


def view(event: Item, people: Mapping[str, Item]) -> ViewSnapshot | None:
    """None for an event without a time or an id: there is nothing to know it by."""
    about = attributes(event)
    at, id_ = instant(about.get("datetime")), text(event.get("id"), 100)
    if at is None or not id_:
        return None
    told = by_letters(mapping(about.get("event_properties")))
    return ViewSnapshot(
        id=id_,
        source_at=at,
        customer=person(event, people),
        product_id=number(first(told, PRODUCT_IDS)),
        title=text(first(told, TITLES)),
        url=text(first(told, ADDRESSES), 2000),
    )


def person(event: Item, people: Mapping[str, Item]) -> Person:
    """Whose event it is, with the address of their profile."""
    related = mapping(mapping(event.get("relationships")).get("profile"))
    id_ = text(mapping(related.get("data")).get("id"), 60)
    return Person(id=id_, emails=emails([attributes(people.get(id_, {})).get("email")]))


def by_letters(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties by their names' small letters and digits; of two alike the first that tells
    anything counts."""
    found: dict[str, Any] = {}
    for name, value in properties.items():
        key = re.sub("[^a-z0-9]", "", str(name).lower())
        if found.get(key) in NOTHING:
            found[key] = value
    return found


def first(told: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((told[name] for name in names if told.get(name) not in NOTHING), None)


def number(value: Any) -> str:
    """An id as storefronts write it; of Shopify's global ids the last part."""
    return text(value, 100).rpartition("/")[2] if text(value).startswith("gid://") else text(value, 100)

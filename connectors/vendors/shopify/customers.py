"""Customer records. https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Customer"""

from __future__ import annotations

from typing import Any

from connectors.types import CustomerSnapshot, Person
from connectors.values import emails, instant, mapping, text
from connectors.vendors.shopify.ids import number
from connectors.vendors.shopify.parts import money, stamp, tags, whole

CONSENT = {
    "subscribed": "subscribed",
    "unsubscribed": "unsubscribed",
    "pending": "pending",
    "not_subscribed": "never",
    "never_subscribed": "never",
    "invalid": "never",
    "redacted": "unsubscribed",
}

Row = dict[str, Any]


def snapshot(node: Row) -> CustomerSnapshot:
    """Raises ValueError when it cannot be one."""
    id_ = number(node.get("id"))
    if not id_:
        raise ValueError("The customer from Shopify lacks an id.")
    email, phone = mapping(node.get("defaultEmailAddress")), mapping(node.get("defaultPhoneNumber"))
    address = mapping(node.get("defaultAddress"))
    return CustomerSnapshot(
        id=id_,
        source_at=stamp(node.get("updatedAt")),
        person=Person(
            id=id_,
            name=text(node.get("displayName")),
            emails=emails([email.get("emailAddress")]),
            phone=text(phone.get("phoneNumber"), 40),
        ),
        tags=tags(node.get("tags")),
        order_count=whole(node.get("numberOfOrders")),
        spent=money(node.get("amountSpent")),
        country=text(address.get("countryCodeV2"), 2),
        region=text(address.get("provinceCode"), 10),
        email_consent=_consent(email.get("marketingState")),
        sms_consent=_consent(mapping(phone.get("smsMarketingConsent")).get("state")),
        created_at=instant(node.get("createdAt")),
    )


def merged(gone: str, kept: str, at: Any) -> CustomerSnapshot:
    """What a merge leaves behind. Raises ValueError when it cannot be dated."""
    return CustomerSnapshot(
        id=gone, source_at=stamp(at), is_gone=True, merged_into=kept, person=Person(id=gone)
    )


def _consent(state: Any) -> str:
    return CONSENT.get(text(state, 40).lower(), "")

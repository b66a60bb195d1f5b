"""Whose store it is, and what the app may not see there."""

from __future__ import annotations

from connectors.http import Client
from connectors.types import Account
from connectors.values import mapping, rows, text
from connectors.vendors.shopify import documents, scopes
from connectors.vendors.shopify.graphql import Row, ask

# Not a scope, but missing in the same way: https://shopify.dev/docs/apps/launch/protected-customer-data
PERSONAL = "protected customer data (e-mail, phone)"
ENOUGH = 3  # customers without any address; one or two may really have none


def account(client: Client, domain: str) -> Account:
    """Raises VendorError."""
    data = ask(client, documents.SHOP)
    shop = mapping(data.get("shop"))
    listed = rows(mapping(data.get("currentAppInstallation")).get("accessScopes"))
    missing = scopes.missing(text(each.get("handle"), 60) for each in listed)
    if "read_customers" not in missing and _hides_people(client):
        missing.append(PERSONAL)
    return Account(
        name=text(shop.get("name")) or domain,
        timezone=text(shop.get("ianaTimezone"), 60),
        currency=text(shop.get("currencyCode"), 3),
        missing_scopes=tuple(missing),
        account_id=text(shop.get("myshopifyDomain")),
    )


def _hides_people(client: Client) -> bool:
    """Shopify shows nothing where the app was not granted it: nobody among the latest can be reached."""
    found = rows(mapping(ask(client, documents.LATEST_CUSTOMERS).get("customers")).get("nodes"))
    return len(found) >= ENOUGH and not any(_can_be_reached(each) for each in found)


def _can_be_reached(customer: Row) -> bool:
    email, phone = customer.get("defaultEmailAddress"), customer.get("defaultPhoneNumber")
    return bool(mapping(email).get("emailAddress") or mapping(phone).get("phoneNumber"))

"""The account itself.

https://developers.klaviyo.com/en/reference/get_accounts
"""

from __future__ import annotations

from connectors.sandbox.klaviyo.documents import many, one, resource
from connectors.sandbox.klaviyo.errors import missing
from connectors.sandbox.klaviyo.limits import XS
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()


@routes.on("GET", "/api/accounts", XS, "accounts:read")
def list_accounts(call: Call) -> Reply:
    return many(call, [_shown(call)])


@routes.on("GET", "/api/accounts/<number>", XS, "accounts:read")
def get_account(call: Call, number: str) -> Reply:
    if number != call.account.public_key:
        raise missing("account", number)
    return one(call, _shown(call))


def _shown(call: Call) -> Json:
    name = call.account.name
    address = {
        "address1": "1 Harbour Street",
        "address2": "",
        "city": "Portland",
        "region": "ME",
        "country": "United States",
        "zip": "04101",
    }
    attributes = {
        "test_account": True,
        "contact_information": {
            "default_sender_name": name,
            "default_sender_email": f"care@{name.lower().replace(' ', '-')}.test",
            "website_url": f"https://{name.lower().replace(' ', '-')}.test",
            "organization_name": name,
            "street_address": address,
        },
        "industry": "Ecommerce",
        "timezone": "America/New_York",
        "preferred_currency": "USD",
        "public_api_key": call.account.public_key,
        "locale": "en-US",
    }
    return resource(call, "account", call.account.public_key, attributes)

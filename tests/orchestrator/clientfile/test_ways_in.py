"""A shop that changes from a permanent token to an app's own credentials."""

from __future__ import annotations

import pytest

from connectors.models import Connection
from tests.orchestrator.clientfile.files import STORE, applied, problems

pytestmark = pytest.mark.django_db

SHOP = """
connections:
  - vendor: shopify
    credentials: {{shop: north-ridge, client_secret: shpss_1, {}}}
"""


def shopify(given: str) -> str:
    return STORE + SHOP.format(given)


def test_a_client_id_beside_a_stored_token_is_asked_about():
    applied(shopify("access_token: shpat_1"))

    [told] = problems(shopify("client_id: app"))

    assert "Use the token or the client ID, not both." in told


def test_the_token_is_removed_by_leaving_it_empty():
    applied(shopify("access_token: shpat_1"))

    applied(shopify('client_id: app, access_token: ""'))

    stored = Connection.objects.get(vendor="shopify").credentials()
    assert (stored["access_token"], stored["client_id"]) == ("", "app")

"""Shopify's credentials become an access token; what is refused says what to do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import NeedsAttention, TryLater, VendorError
from connectors.http import Client
from connectors.types import Token
from connectors.vendors.shopify import tokens
from tests.connectors.wire import listening, says

APP = {"shop": "north-ridge.myshopify.com", "client_id": "app", "client_secret": "shpss_s3cret"}
REFRESH = APP | {"refresh_token": "shprt_1"}


def renewed(
    credentials: dict[str, str], answer: Any, status: int = 200
) -> tuple[Token, dict[str, Any], bytes]:
    """The token, what was asked for, and the whole request."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    with listening(says(body, status)) as wire:
        client = Client(wire.url, {}, allow_loopback=True, deadline=5, label="Shopify")
        try:
            token = tokens.renew(client, credentials)
        finally:
            [request] = wire.requests
    head, _, sent = request.partition(b"\r\n\r\n")
    return token, json.loads(sent), head


def failure(credentials: dict[str, str], answer: Any, status: int) -> VendorError:
    with pytest.raises(VendorError) as caught:
        renewed(credentials, answer, status)
    assert "s3cret" not in caught.value.sentence
    return caught.value


@pytest.mark.parametrize(
    ("credentials", "is_needed"),
    [
        ({"access_token": "shpat_1"}, False),
        ({"access_token": "shpat_1", "client_id": "app"}, False),
        ({"client_id": "app"}, True),
        ({"client_id": "app", "refresh_token": "shprt_1"}, True),
        ({"access_token": "shpat_1", "refresh_token": "shprt_1"}, True),
    ],
)
def test_only_what_does_not_last_is_exchanged(credentials, is_needed):
    assert tokens.is_needed(credentials) is is_needed


def test_the_apps_own_credentials_are_exchanged_for_a_day():
    token, asked, head = renewed(
        APP, {"access_token": "shpat_2", "scope": "read_orders", "expires_in": 86399}
    )

    assert asked == {"grant_type": "client_credentials", "client_id": "app", "client_secret": "shpss_s3cret"}
    assert head.startswith(b"POST /admin/oauth/access_token HTTP/1.1")
    assert token.values == {"access_token": "shpat_2"}
    assert token.expires_at is not None
    assert abs(token.expires_at - datetime.now(UTC) - timedelta(seconds=86399)) < timedelta(minutes=1)


def test_a_refresh_token_is_exchanged_for_a_new_pair():
    pair = {"access_token": "shpat_2", "refresh_token": "shprt_2", "expires_in": 3600}

    token, asked, _ = renewed(REFRESH, pair)

    assert (asked["grant_type"], asked["refresh_token"]) == ("refresh_token", "shprt_1")
    assert token.values == {"access_token": "shpat_2", "refresh_token": "shprt_2"}


def test_a_token_without_an_end_has_none():
    token, _, _ = renewed(APP, {"access_token": "shpat_2"})

    assert token.expires_at is None


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refresh_token_that_was_used_before_needs_a_person(status):
    error = failure(REFRESH, {"error": "invalid_grant"}, status)

    assert isinstance(error, NeedsAttention)
    assert error.code == "credentials_rejected"
    assert "no longer accepts the refresh token" in error.sentence


def test_a_page_instead_of_a_refusal_is_understood_too():
    error = failure(APP, b"<html>Oauth error</html>", 400)

    assert isinstance(error, NeedsAttention)
    assert "client ID and secret" in error.sentence


def test_a_shop_that_is_unknown_is_named():
    assert failure(APP, b"", 404).code == "shop_unknown"


def test_a_problem_of_the_vendors_is_waited_out():
    assert isinstance(failure(REFRESH, b"", 503), TryLater)


def test_an_answer_without_a_token_is_tried_again():
    assert isinstance(failure(APP, {"scope": ""}, 200), TryLater)


def test_what_a_refusal_says_can_be_read():
    assert (
        tokens.refusal({"error": "shop_not_permitted", "error_description": "No."})
        == "shop_not_permitted: No."
    )
    assert tokens.is_refusal({"error": "invalid_request"})
    assert not tokens.is_refusal({"errors": [{"message": "Throttled"}]})

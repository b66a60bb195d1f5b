"""How Shopify's credentials become an access token: for a day by the app's own, or with a refresh token.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import NeedsAttention, Refused, TryLater
from connectors.http import Client
from connectors.types import Token
from connectors.values import mapping, text

PATH = "/admin/oauth/access_token"
HINTS = {
    "shop_not_permitted": "The app and the store belong to different organisations.",
    "app_not_installed": "The app is not installed in the store.",
}
REFUSED = (400, 401, 403)


def is_needed(credentials: Mapping[str, str]) -> bool:
    """A permanent token is used as it is; one with a refresh token beside it does not last."""
    return bool(credentials.get("refresh_token")) or not credentials.get("access_token")


def is_refusal(body: Any) -> bool:
    """Whether it is an answer of the token endpoint: ``{"error": "…", "error_description": "…"}``."""
    return isinstance(mapping(body).get("error"), str)


def refusal(body: Any) -> str:
    said = mapping(body)
    return ": ".join(filter(None, (text(said.get("error")), text(said.get("error_description")))))


def renew(client: Client, credentials: Mapping[str, str]) -> Token:
    """Raises NeedsAttention when the shop is unknown or what we show is not accepted (any more).

    A lost answer does no harm: until the new refresh token is used the former one stays valid.
    """
    grant = _grant(credentials)
    try:
        answer = client.post(PATH, json=grant)
    except (Refused, NeedsAttention) as error:
        if error.status == 404:
            raise NeedsAttention(
                "Shopify knows no shop of this name. Check it.", code="shop_unknown"
            ) from None
        if error.status not in REFUSED:
            raise
        raise NeedsAttention(
            _sentence(grant, error.sentence), code="credentials_rejected", status=error.status
        ) from None
    return _token(mapping(answer.json))


def _grant(credentials: Mapping[str, str]) -> dict[str, str]:
    app = {name: credentials.get(name, "") for name in ("client_id", "client_secret")}
    if refresh := credentials.get("refresh_token"):
        return {"grant_type": "refresh_token", "refresh_token": refresh, **app}
    return {"grant_type": "client_credentials", **app}


def _sentence(grant: Mapping[str, str], said: str) -> str:
    if "refresh_token" in grant:
        return (
            "Shopify no longer accepts the refresh token: it was used elsewhere, withdrawn, or is too old. "
            "Install the app in the store again and enter the new refresh token."
        )
    hints = [hint for code, hint in HINTS.items() if code in said]
    return (
        "Shopify gives no access token for this client ID and secret. "
        + (hints[0] if hints else "Check both.")
        + " The app has to be installed in the store and made by the store's own organisation."
    )


def _token(said: Mapping[str, Any]) -> Token:
    values = {name: text(said.get(name), 1000) for name in ("access_token", "refresh_token")}
    if not values["access_token"]:
        raise TryLater(
            "Shopify answered without an access token. It is tried again.", code="unreadable_answer"
        )
    seconds = said.get("expires_in")
    lasts = timedelta(seconds=seconds) if isinstance(seconds, int) else None
    return Token(
        values={name: value for name, value in values.items() if value},
        expires_at=datetime.now(UTC) + lasts if lasts else None,
    )

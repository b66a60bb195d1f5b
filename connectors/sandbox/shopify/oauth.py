"""Access tokens that run out: the client credentials grant, and offline tokens with a refresh token.

https://shopify.dev/docs/apps/build/authentication-authorization
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl
from uuid import uuid4

from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.wire import Json, Reply, Request, json_reply

LIFETIMES = {"client_credentials": timedelta(seconds=86_399), "refresh_token": timedelta(minutes=60)}
PATH = "/admin/oauth/access_token"


def fields(request: Request) -> Json:
    """The body, as a form or as JSON."""
    if "json" in request.headers.get("Content-Type", ""):
        try:
            given = request.json()
        except ValueError:
            return {}
        return given if isinstance(given, dict) else {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace")))


def grant(account: ShopifyAccount | None, given: Json) -> Reply:
    """An access token, or the vendor's refusal."""
    kind = given.get("grant_type")
    if kind not in LIFETIMES:
        return _no("unsupported_grant_type", "The grant type is not supported.")
    if account is None or given.get("client_secret") != account.credentials.get("client_secret"):
        return _no("invalid_client", "Client authentication failed.", 401)
    with account.lock:
        return _granted(account, kind, given)


def _granted(account: ShopifyAccount, kind: str, given: Json) -> Reply:
    tokens = account.tokens
    body: Json = {"scope": ",".join(sorted(account.scopes))}
    if not tokens.is_installed:
        return _no("app_not_installed", "The app is not installed on this shop.")
    if kind == "refresh_token":
        if not tokens.takes(str(given.get("refresh_token") or "")):
            return _no("invalid_grant", "The refresh token is not valid.")
        body |= {"refresh_token": tokens.refresh, "refresh_token_expires_in": 7_776_000}
    token, life = f"shpat_{uuid4().hex}", LIFETIMES[kind]
    tokens.valid[token] = account.now() + life
    return json_reply(200, {"access_token": token, "expires_in": int(life.total_seconds()), **body})


def _no(code: str, words: str, status: int = 400) -> Reply:
    return json_reply(status, {"error": code, "error_description": words})

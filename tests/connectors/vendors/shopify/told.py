"""The same object as a webhook and as a query tell it, from the fake."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from connectors.types import Parsed, Reference
from connectors.vendors.shopify import Shopify
from tests.connectors.accounts import FakeAccount


def heard(account: FakeAccount, topic: str, body: Any, **more: str) -> Parsed:
    """What a genuine delivery says."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = headers_of(account, topic, raw) | more
    assert Shopify.verify(account.credentials, headers, raw)
    return Shopify.parse_webhook(raw, headers)


def headers_of(account: FakeAccount, topic: str, raw: bytes) -> dict[str, str]:
    return {
        "x-shopify-topic": topic,
        "x-shopify-shop-domain": account.credentials["shop"],
        "x-shopify-hmac-sha256": signature(account.credentials["client_secret"], raw),
        "x-shopify-triggered-at": "2026-11-22T10:00:00.123Z",
    }


def signature(secret: str, raw: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


def read(account: FakeAccount, kind: str, *ids: Any, **more: Any) -> list[Any]:
    """Snapshots of this kind: each test knows which fields to look at."""
    references = [Reference(kind=kind, id=str(each), **more) for each in ids]
    found: list[Any] = account.open().read(references)
    return found

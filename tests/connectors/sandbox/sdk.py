"""The vendor's own client on a seeded account of the fake."""

from __future__ import annotations

from typing import Any

from klaviyo_api import KlaviyoAPI

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control

SEED: dict[str, Any] = {
    "profiles": [{"email": "ana@shop.test", "first_name": "Ana"}, {"email": "ben@shop.test"}],
    "lists": [{"name": "News", "members": ["ana@shop.test", "ben@shop.test"]}, {"name": "Hold"}],
    "segments": [{"name": "VIP", "members": ["ana@shop.test"]}],
    "templates": [{"name": "Recovery"}],
    "metrics": [{"name": "Placed Order", "integration": "Shopify", "mapped": "revenue"}],
    "flows": [{"name": "Welcome", "status": "live", "tags": ["ours"]}],
    "campaigns": [
        {"name": "Sale", "audiences": {"included": ["News"]}, "subject": "Sale", "html": "<p>SKU-1</p>"}
    ],
    "events": [{"metric": "Placed Order", "email": "ana@shop.test", "value": 30}],
}


class Client:
    """The SDK on an account, with the first id of each kind that was seeded."""

    def __init__(self, api: Any, seeded: dict[str, list[str]]) -> None:
        self.api = api
        self.seeded = seeded

    def first(self, kind: str) -> str:
        return self.seeded[kind][0]


def connect(sandbox: Sandbox, control: Control) -> Client:
    """The SDK on a seeded account whose jobs are done at once."""
    seeded = control.account("klaviyo", "north", credentials={"private_key": "pk_north"}, seed=SEED)
    control.call("POST", "/limits", {"job_seconds": 0})
    return Client(
        KlaviyoAPI("pk_north", test_host=f"{sandbox.url}/klaviyo", max_delay=1, max_retries=1), seeded
    )


def body(kind: str, attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"data": {"type": kind, "attributes": attributes, **more}}

"""A client of one fake store, as an app would ask it."""

from __future__ import annotations

from typing import Any

import requests

from connectors.sandbox.server import Sandbox
from connectors.sandbox.shopify.schema import VERSION
from tests.connectors.sandbox.conftest import Control

TOKEN = "shpat_north"
CREDENTIALS = {"shop": "north.myshopify.com", "client_secret": "shpss_north", "access_token": TOKEN}
PATH = f"/shopify/admin/api/{VERSION}/graphql.json"
SEED: dict[str, Any] = {
    "customers": [
        {"id": 1, "email": "Ana@Shop.test", "first_name": "Ana", "last_name": "Lima", "tags": "vip, news"},
        {"id": 2, "email": "ben@shop.test", "phone": "+15550100", "default_address": {"country_code": "CA"}},
    ],
    "products": [
        {
            "id": 5,
            "title": "Boots",
            "collections": ["Winter"],
            "variants": [
                {"id": 51, "sku": "B-1", "price": "40.00", "inventory_quantity": 3},
                {"id": 52, "sku": "B-2", "price": "50.00", "inventory_quantity": 0},
            ],
        }
    ],
    "orders": [
        {"id": 101, "email": "ana@shop.test", "line_items": [{"variant_id": 51, "quantity": 2}]},
        {"id": 102, "email": "ben@shop.test", "line_items": [{"variant_id": 52}], "tags": "gift"},
    ],
}


class Shop:
    """The account "north": an app's questions, and the hands of its customers and staff."""

    def __init__(self, sandbox: Sandbox, control: Control, **body: Any) -> None:
        self.url = sandbox.url
        self.control = control
        self.token = TOKEN
        self.seeded = control.account(
            "shopify", "north", **{"credentials": CREDENTIALS, "seed": SEED, **body}
        )

    def post(self, document: str, variables: Any = None, **more: Any) -> requests.Response:
        body = {"query": document, "variables": variables, **more}
        headers = {"X-Shopify-Access-Token": self.token}
        return requests.post(f"{self.url}{PATH}", json=body, headers=headers, timeout=10)

    def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        reply = self.post(document, variables)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def ask(self, document: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def error(self, document: str, **variables: Any) -> dict[str, Any]:
        """The only error of an answer."""
        [error] = self.answer(document, **variables)["errors"]
        return dict(error)

    def change(self, document: str, **variables: Any) -> Any:
        """What the one mutation of a document answered; nothing was refused."""
        [answer] = self.ask(document, **variables).values()
        assert answer["userErrors"] == []
        return answer

    def refusal(self, document: str, **variables: Any) -> dict[str, Any]:
        """The only business rule that a mutation broke."""
        [answer] = self.ask(document, **variables).values()
        [error] = answer["userErrors"]
        return dict(error)

    def do(self, verb: str, /, **body: Any) -> Any:
        return self.control.do("shopify", "north", verb, **body)

    def put(self, **body: Any) -> dict[str, list[Any]]:
        return self.control.account("shopify", "north", **body)

    def names(self, listing: str, query: str, **more: Any) -> list[int]:
        """The numbers of what a search finds."""
        document = f"query($q: String) {{ {listing}(first: 50, query: $q) {{ nodes {{ id }} }} }}"
        found = self.ask(document, q=query, **more)[listing]["nodes"]
        return [int(each["id"].rpartition("/")[2]) for each in found]

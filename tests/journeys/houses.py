"""A client with every tool: a storefront, a marketing account and a helpdesk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import requests

from orchestrator.models import OutboxAction
from tests.journeys.storefronts import Shop, work

ANA, BEN = "ana@shop.test", "ben@shop.test"
BOOTS = {"id": 7, "title": "Boots", "variants": [{"id": 71, "price": "200.00", "inventory_quantity": 500}]}
FILE = """
store: {{slug: {slug}, name: North Ridge, platform: shopify, currency: USD, timezone: America/New_York}}
connections:
  - vendor: shopify
    credentials: {{shop: {slug}.myshopify.com, client_secret: secret-{slug}, access_token: shpat_{slug}}}
    api_root: {url}/shopify
    token: hook-{slug}
  - vendor: klaviyo
    credentials: {{private_key: pk_{slug}}}
    api_root: {url}/klaviyo
  - vendor: gorgias
    credentials:
      {{subdomain: {slug}, email: ops@agency.test, api_key: key-{slug}, webhook_secret: secret-{slug}}}
    api_root: {url}/gorgias
    token: desk-{slug}
rules: {rules}
"""


class House(Shop):
    """Its history was read before the story begins, and webhooks come, as unkindly as the network is."""

    file: ClassVar[str] = FILE

    def move_in(
        self, path: Any, rules: list[dict[str, Any]], delivery: str, seed: dict[str, list[dict[str, Any]]]
    ) -> None:
        credentials = {
            "subdomain": self.slug,
            "email": "ops@agency.test",
            "api_key": f"key-{self.slug}",
            "webhook_secret": f"secret-{self.slug}",
        }
        teams = {"teams": [{"name": "VIP"}, {"name": "West"}, {"name": "Europe"}]}
        self.control("PUT", f"gorgias/accounts/{self.slug}", {"credentials": credentials, "seed": teams})
        self.furnish(path, rules, **{"products": [BOOTS], **seed})
        self.listen(delivery)

    def buys(self, email: str = ANA, quantity: int = 1, **fields: Any) -> int:
        lines = [{"variant_id": 71, "quantity": quantity}]
        return int(self.happens("order_create", email=email, line_items=lines, **fields)["id"])

    def settles(self) -> None:
        """All is told, decided and done; again, as nothing more may come of it."""
        for minutes in (0, 2):
            self.webhooks_delivered()
            work(minutes=minutes)
        self.webhooks_delivered()

    def properties(self, email: str = ANA) -> dict[str, Any]:
        account = self.control("GET", f"klaviyo/accounts/{self.slug}")
        found = [each["properties"] for each in account["profiles"] if each["email"] == email]
        return dict(found[0]) if found else {}

    def ticket(self, number: int) -> dict[str, Any]:
        account = self.control("GET", f"gorgias/accounts/{self.slug}")
        return next(dict(each) for each in account["tickets"] if each["id"] == number)

    def opens_ticket(self, email: str = ANA, **fields: Any) -> int:
        fields = {"subject": "Where is it?", "channel": "email", **fields}
        return int(self.do("gorgias", "ticket_open", customer={"email": email}, **fields)["id"])

    def customer_field(self, label: str, email: str = ANA) -> str | None:
        """What the helpdesk's customer field of this name holds."""
        account = self.control("GET", f"gorgias/accounts/{self.slug}")
        ids = [str(each["id"]) for each in account["custom_fields"] if each["label"] == label]
        rows = [each["custom_fields"] for each in account["customers"] if each["email"] == email]
        found = [row[key]["value"] for row in rows for key in ids if key in row]
        return str(found[0]) if found else None

    def shop_tags(self, email: str = ANA) -> str:
        account = self.control("GET", f"shopify/accounts/{self.slug}")
        return next(str(each["tags"]) for each in account["customers"] if each["email"] == email)

    def tags_of(self, number: int) -> set[str]:
        return {each["name"] for each in self.ticket(number)["tags"]}

    def notes_on(self, number: int) -> list[str]:
        said = self.ticket(number)["messages"]
        return [each["body_text"] for each in said if each["channel"] == "internal-note"]

    def replies_on(self, number: int) -> list[str]:
        """What the customer was answered."""
        said = self.ticket(number)["messages"]
        return [each["body_text"] for each in said if each["from_agent"] and each["public"]]

    def starts_flows(self, *metrics: str) -> None:
        """Each of these events starts a live flow at the marketing tool, with its message."""
        account = f"klaviyo/accounts/{self.slug}"
        for name in metrics:
            seed = {"metrics": [{"name": name}], "templates": [{"name": name}]}
            seeded = self.control("PUT", account, {"seed": seed})["seeded"]
            message = {"template_id": seeded["templates"][0], "body": "Hello"}
            kind = "send-sms" if name.endswith("text") else "send-email"
            action = {"id": f"A {name}", "type": kind, "data": {"status": "live", "message": message}}
            triggers = [{"type": "metric", "id": seeded["metrics"][0]}]
            definition = {"triggers": triggers, "actions": [action]}
            self.do("klaviyo", "flow_create", name=name, status="live", definition=definition)

    def sent(self, action: str) -> int:
        """How often an action was done."""
        return OutboxAction.objects.filter(store=self.store, action=action, state="done").count()


def building(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    """For a fixture: sets up clients, and clears the sandbox afterwards."""
    settings.ALLOW_LOOPBACK_VENDORS = True
    settings.SETTLE_SECONDS = 0.0
    settings.PUBLIC_URL = live_server.url

    def make(*rules: dict[str, Any], delivery: str = "storm", **seed: list[dict[str, Any]]) -> House:
        made = House(sandbox.url, live_server.url)
        made.move_in(tmp_path / "client.yaml", list(rules), delivery, seed)
        return made

    yield make
    requests.post(f"{sandbox.url}/_control/reset", timeout=20).raise_for_status()

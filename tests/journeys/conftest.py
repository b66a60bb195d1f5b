"""A client as the agency would set it up, against the sandbox, with a real web server for webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.core.management import call_command

from connectors.models import Store

CLIENT = """
store: {{slug: {slug}, name: North Ridge, platform: shopify, currency: USD, timezone: America/New_York}}
connections:
  - vendor: gorgias
    credentials:
      {{subdomain: {slug}, email: ops@agency.test, api_key: key-{slug}, webhook_secret: secret-{slug}}}
    api_root: {url}/gorgias
    token: hook-{slug}
  - vendor: klaviyo
    credentials: {{private_key: pk_{slug}}}
    api_root: {url}/klaviyo
rules: {rules}
"""
HOLD = [{"recipe": "ticket_hold", "name": "Hold", "mode": "live", "params": {}}]


class Client:
    """One client at the agency, with its fake accounts at the vendors."""

    def __init__(self, url: str, web: str) -> None:
        self.url = url
        self.web = web
        self.slug = f"store-{uuid4().hex[:8]}"
        self.session = requests.Session()

    def control(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        address = f"{self.url}/_control/{path}"
        answer = self.session.request(method, address, json=body, params=query, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def do(self, vendor: str, verb: str, /, **fields: Any) -> Any:
        return self.control("POST", f"{vendor}/accounts/{self.slug}/do/{verb}", fields)

    def open_ticket(self, email: str = "ana@shop.test", **fields: Any) -> int:
        fields = {"subject": "Where is it?", "channel": "email", **fields}
        return int(self.do("gorgias", "ticket_open", customer={"email": email}, **fields)["id"])

    def fault(self, vendor: str, path: str, **fields: Any) -> None:
        self.control("POST", "faults", {"vendor": vendor, "account": self.slug, "path": path, **fields})

    def requests(self, vendor: str) -> list[dict[str, Any]]:
        return list(self.control("GET", "requests", vendor=vendor, account=self.slug))

    def webhooks_delivered(self) -> None:
        """Wait until the vendor has nothing more to tell."""
        assert self.control("GET", "webhooks", wait="20")["pending"] == 0

    def on_hold_list(self) -> set[str]:
        """Who is on the store's hold list at the fake Klaviyo, by e-mail."""
        account = self.control("GET", f"klaviyo/accounts/{self.slug}")
        lists = [each for each in account["lists"] if each["name"] == f"Orchestrator hold: {self.slug}"]
        return {email for each in lists for email in each["members"]}

    def post_webhook(self, body: bytes, secret: str | None = None) -> int:
        """A delivery straight to the door, as genuine as ``secret`` makes it."""
        headers = {"X-Orchestrator-Secret": secret or f"secret-{self.slug}"}
        address = f"{self.web}/hooks/hook-{self.slug}/"
        return self.session.post(address, data=body, headers=headers, timeout=20).status_code

    def set_up(self, people: list[str], rules: list[dict[str, Any]], path: Any) -> Store:
        webhook = {"url": f"{self.web}/hooks/hook-{self.slug}/", "secret": f"secret-{self.slug}"}
        gorgias = {
            "subdomain": self.slug,
            "email": "ops@agency.test",
            "api_key": f"key-{self.slug}",
            "webhook_secret": f"secret-{self.slug}",
        }
        self.control(
            "PUT",
            f"gorgias/accounts/{self.slug}",
            {"credentials": gorgias, "webhook": webhook, "seed": {"teams": [{"name": "Returns"}]}},
        )
        self.control(
            "PUT",
            f"klaviyo/accounts/{self.slug}",
            {
                "credentials": {"private_key": f"pk_{self.slug}"},
                "seed": {"profiles": [{"email": email} for email in people]},
            },
        )
        path.write_text(CLIENT.format(slug=self.slug, url=self.url, rules=rules))
        call_command("apply_client", str(path), verbosity=0)
        return Store.objects.get(slug=self.slug)


@pytest.fixture
def new_client(
    sandbox: Any, live_server: Any, tmp_path: Any, settings: Any
) -> Iterator[Callable[..., Client]]:
    """Sets up a client: ``new_client(people=[…], rules=[…])``."""
    settings.ALLOW_LOOPBACK_VENDORS = True
    settings.SETTLE_SECONDS = 0.0
    settings.PUBLIC_URL = live_server.url

    def make(people: list[str] | None = None, rules: list[dict[str, Any]] | None = None) -> Client:
        made = Client(sandbox.url, live_server.url)
        made.control("POST", "limits", {"on": False, "job_seconds": 0})
        made.set_up(people or ["ana@shop.test", "ben@shop.test"], rules or HOLD, tmp_path / "client.yaml")
        return made

    yield make
    requests.delete(f"{sandbox.url}/_control/faults", timeout=10)

"""An account at a fake vendor, with our own client for it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import requests

from connectors import deadline, registry
from connectors.http import Client
from connectors.limits import Gate
from connectors.roles import Vendor

Json = dict[str, Any]


def credentials(slug: str, name: str) -> dict[str, str]:
    """What the account ``name`` would be given as at that vendor."""
    known = {
        "gorgias": {
            "subdomain": name,
            "email": f"ops@{name}.test",
            "api_key": f"key-{name}",
            "webhook_secret": f"secret-{name}",
        },
        "klaviyo": {"private_key": f"pk_{name}"},
        "shopify": {
            "shop": f"{name}.myshopify.com",
            "client_secret": f"secret-{name}",
            "access_token": f"shpat_{name}",
        },
        "slack": {"webhook_url": f"https://hooks.slack.com/services/T0/B{_letters(name)}/k{_letters(name)}"},
    }
    return known[slug]


def _letters(name: str) -> str:
    return name.replace("-", "")


class FakeAccount:
    """One account, alone with its data; its name is its own, so tests do not meet."""

    def __init__(self, url: str, slug: str) -> None:
        self.url = url
        self.slug = slug
        self.name = f"shop-{uuid4().hex[:10]}"
        self.credentials = credentials(slug, self.name)
        self.hand = requests.Session()
        self.hand.trust_env = False
        self._sessions: list[requests.Session] = []
        self.control("PUT", f"{slug}/accounts/{self.name}", {"credentials": self.credentials})

    def control(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        address = f"{self.url}/_control/{path}"
        answer = self.hand.request(method, address, json=body, params=query, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def seed(self, **kinds: list[Json]) -> Json:
        seeded = self.control("PUT", f"{self.slug}/accounts/{self.name}", {"seed": kinds})["seeded"]
        return dict(seeded)

    def do(self, verb: str, **fields: Any) -> Any:
        return self.control("POST", f"{self.slug}/accounts/{self.name}/do/{verb}", fields)

    def fault(self, path: str, kind: str, **fields: Any) -> None:
        what = {"vendor": self.slug, "account": self.name, "path": path, "kind": kind, **fields}
        self.control("POST", "faults", what)

    def state(self) -> Json:
        return dict(self.control("GET", f"{self.slug}/accounts/{self.name}"))

    def requests(self, path: str = "", method: str = "") -> list[Json]:
        """What this account was asked, oldest first."""
        asked = self.control("GET", "requests", vendor=self.slug, account=self.name)
        return [each for each in asked if path in each["path"] and method in each["method"]]

    def open(
        self,
        wants: frozenset[str] = frozenset(),
        deadline_seconds: float = 5.0,
        gate: Gate | None = None,
        options: dict[str, str] | None = None,
        **other: str,
    ) -> Any:
        """Our vendor, pointed at the fake; ``other`` stands in for single credentials."""
        kind: type[Vendor] = registry.vendor_class(self.slug)
        given = {**self.credentials, **other}
        session = deadline.new_session(allow_loopback=True)
        self._sessions.append(session)
        client = Client(
            f"{self.url}/{self.slug}",
            kind.headers(given),
            allow_loopback=True,
            deadline=deadline_seconds,
            session=session,
            label=kind.label,
            explain=kind.explain,
            gate=gate,
        )
        return kind(client, given, wants, options)

    def close(self) -> None:
        for session in (self.hand, *self._sessions):
            session.close()

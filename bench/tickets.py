"""Clients with a helpdesk and a marketing tool, whose customers open tickets."""

from __future__ import annotations

import time
from datetime import datetime
from statistics import quantiles
from typing import Any

from bench.house import House

CLIENT = """
store: {{slug: {slug}, name: {slug}, platform: shopify, currency: USD, timezone: UTC}}
connections:
  - vendor: gorgias
    credentials:
      {{subdomain: {slug}, email: ops@agency.test, api_key: key-{slug}, webhook_secret: secret-{slug}}}
    api_root: {url}/gorgias
    token: hook-{slug}
  - vendor: klaviyo
    credentials: {{private_key: pk_{slug}}}
    api_root: {url}/klaviyo
rules:
{rules}
"""
HOLD = "  - {recipe: ticket_hold, name: Hold, mode: live, params: {grace_minutes: 0}}"
TAG = """  - recipe: custom
    name: Tag
    mode: live
    params: {when: ticket.opened, then: [{action: tag_ticket, with: {tag: seen}}]}"""


def furnish(home: House, slug: str, rules: str, *, people: int = 0, hooks: bool = True) -> None:
    """The accounts at the fake vendors, then the client. Profiles are person0@slug.test and so on."""
    furnish_vendors(home, slug, hooks=hooks)
    for begin in range(0, people, 1_000):
        profiles = [{"email": email(slug, each)} for each in range(begin, min(begin + 1_000, people))]
        home.sandbox.control("PUT", f"klaviyo/accounts/{slug}", {"seed": {"profiles": profiles}})
    home.apply(client(slug, rules))


def client(slug: str, rules: str) -> str:
    return CLIENT.format(slug=slug, url="{sandbox}", rules=rules)


def furnish_vendors(home: House, slug: str, *, hooks: bool) -> None:
    """The accounts at the fake vendors alone."""
    furnish_helpdesk(home, slug, hooks=hooks)
    home.sandbox.control("PUT", f"klaviyo/accounts/{slug}", {"credentials": {"private_key": f"pk_{slug}"}})


def furnish_helpdesk(home: House, slug: str, *, hooks: bool = True) -> None:
    """The account at the fake helpdesk alone."""
    account = {"subdomain": slug, "email": "ops@agency.test", "api_key": f"key-{slug}"}
    webhook = {"url": home.hook(f"hook-{slug}"), "secret": f"secret-{slug}"}
    body: dict[str, Any] = {"credentials": account} | ({"webhook": webhook} if hooks else {})
    home.sandbox.control("PUT", f"gorgias/accounts/{slug}", body)


def email(slug: str, number: int) -> str:
    return f"person{number}@{slug}.test"


def open_one(home: House, slug: str, number: int) -> int:
    body = {"subject": "Where is it?", "channel": "email", "customer": {"email": email(slug, number)}}
    return int(home.sandbox.control("POST", f"gorgias/accounts/{slug}/do/ticket_open", body)["id"])


def open_at_a_pace(home: House, slug: str, first: int, count: int, every: float) -> dict[int, float]:
    """Ticket → seconds since 1970 at which it was opened."""
    opened = {}
    for number in range(first, first + count):
        at = time.time()
        opened[open_one(home, slug, number)] = at
        time.sleep(max(0.0, every - (time.time() - at)))
    return opened


def calls(home: House, vendor: str, slug: str) -> list[dict[str, Any]]:
    return list(home.sandbox.control("GET", "requests", vendor=vendor, account=slug))


def tagged(home: House, slug: str) -> dict[int, float]:
    """Ticket → when its tag was first asked for, in seconds since 1970."""
    found: dict[int, float] = {}
    for call in calls(home, "gorgias", slug):
        parts = call["path"].partition("?")[0].strip("/").split("/")
        if call["method"] in ("PUT", "POST") and len(parts) > 2 and parts[-1] == "tags":
            found.setdefault(int(parts[-2]), datetime.fromisoformat(call["at"]).timestamp())
    return found


def p95(opened: dict[int, float], arrived: dict[int, float]) -> float:
    """Milliseconds. Raises KeyError when one never arrived."""
    return quantiles([(arrived[ticket] - at) * 1000 for ticket, at in opened.items()], n=20)[-1]

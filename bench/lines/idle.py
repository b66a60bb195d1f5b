"""Polling when nothing is new: what it takes of each vendor's quota, and of the processor."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench import house, processes, quota, tickets
from bench.house import House
from bench.size import Size
from bench.table import Row, Scale

PATIENCE = 1_200.0  # seconds until the first look at everything is over
ROUND = 65  # seconds: a connection is polled when it was looked at a minute ago, and the next tick has come
VENDORS = ("gorgias", "klaviyo", "shopify")
SHOP = """  - vendor: shopify
    credentials:
      {{shop: {slug}.myshopify.com, access_token: shpat_{slug}, client_secret: shpss_{slug}}}
    api_root: {{sandbox}}/shopify
rules:"""
BEGUN = "SELECT count(*) FROM connectors_cursor WHERE watermark <> '' AND moved_at IS NOT NULL"


def measure(size: Size, scale: Scale) -> list[Row]:
    stores, seconds = scale.pick(200, 4), scale.pick(5 * ROUND, ROUND + 5)
    with house.opened(size, limits=True) as home:
        _furnish(home, [f"store{number}" for number in range(stores)])
        with home.serving():
            processes.until(lambda: _is_quiet(home, stores), PATIENCE, 1)
            time.sleep(scale.pick(ROUND, 5))  # the first comparisons are over too
            home.sandbox.control("DELETE", "requests")
            used = home.cpu()
            time.sleep(seconds)
            used = house.spent(used, home.cpu())
            calls = home.sandbox.control("GET", "requests")
        shares = [(vendor, quota.used(home, vendor, calls, stores, seconds)) for vendor in VENDORS]
    window = f"{seconds} s, {seconds // ROUND} rounds"
    parts = ", ".join(f"{part} {spent / seconds * 100:.1f}" for part, spent in used.items() if spent > 0)
    told = f"{len(VENDORS) * stores} connections, {len(calls) / seconds:.1f} calls/s in {window}; {parts}"
    return [
        *(_quota(vendor, found, window) for vendor, found in shares),
        Row(f"idle: {stores} stores, of a core", house.ours(used) / seconds * 100, "%", 10, 3, told),
    ]


def _quota(vendor: str, found: quota.Used, window: str) -> Row:
    note = f"{found.calls:.1f} calls an account in {window}; the limit used most: {found.limit}"
    return Row(f"idle: of {vendor.capitalize()}'s quota", found.share * 100, "%", 5, 2, note)


def _is_quiet(home: House, stores: int) -> bool:
    """Everybody's history is read, and polling has begun (Klaviyo has nothing to go on from)."""
    return home.count(BEGUN) >= 2 * stores and not home.count(house.OWED)


def _furnish(home: House, slugs: Sequence[str]) -> None:
    for slug in slugs:
        tickets.furnish_vendors(home, slug, hooks=False)
        shop = {"shop": f"{slug}.myshopify.com", "access_token": f"shpat_{slug}"}
        shop["client_secret"] = f"shpss_{slug}"
        home.sandbox.control("PUT", f"shopify/accounts/{slug}", {"credentials": shop})
    home.apply(*(_client(slug) for slug in slugs))


def _client(slug: str) -> str:
    return tickets.client(slug, tickets.HOLD).replace("rules:", SHOP.format(slug=slug), 1)

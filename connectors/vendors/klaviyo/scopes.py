"""What a private key may read. Klaviyo does not tell, so it is tried: a look costs one small answer each.

What a key may write shows with the first call that writes: trying that would change something.
https://developers.klaviyo.com/en/docs/authenticate_
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.errors import NeedsAttention, Refused
from connectors.http import Client
from connectors.vendors.klaviyo.api import equals

LOOKS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "campaigns:read": ("/api/campaigns", {"filter": equals("messages.channel", "email"), "page[size]": "1"}),
    "catalogs:read": ("/api/catalog-items", {"page[size]": "1"}),
    "events:read": ("/api/events", {"page[size]": "1"}),
    "flows:read": ("/api/flows", {"page[size]": "1"}),
    "lists:read": ("/api/lists", {"page[size]": "1"}),
    "metrics:read": ("/api/metrics", {}),
    "profiles:read": ("/api/profiles", {"page[size]": "1"}),
    "segments:read": ("/api/segments", {"page[size]": "1"}),
    "subscriptions:read": ("/api/profile-suppression-bulk-create-jobs", {}),
    "tags:read": ("/api/tags", {"page[size]": "1"}),
    "templates:read": ("/api/templates", {"page[size]": "1"}),
}
# By capability, what it reads; hiding catalog items and listing segments are no rule's only way.
TAKES: Mapping[str, tuple[str, ...]] = {
    "hold_list": ("lists:read", "profiles:read"),
    "hold_global": ("profiles:read", "subscriptions:read"),
    "hold_campaign": ("campaigns:read", "tags:read", "templates:read"),
    "hold_catalog": ("catalogs:read",),
    "customer.predicted": ("profiles:read",),
    "cart_flows": ("flows:read", "metrics:read"),
    "set_up": ("flows:read", "metrics:read", "segments:read", "templates:read"),
    "marketing_flows": ("flows:read", "segments:read"),
}


def missing(client: Client) -> Iterator[str]:
    """Those that were refused. An answer that says something else says nothing of the scope."""
    for scope, (path, asked) in LOOKS.items():
        try:
            client.get(path, params=asked)
        except NeedsAttention as error:
            if error.code != "scope_missing":
                raise
            yield scope
        except Refused:
            continue

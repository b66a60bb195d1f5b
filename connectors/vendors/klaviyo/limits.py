"""Klaviyo's rate limits: for each endpoint a second and a minute, for some a day, for the whole account.

https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling. The tiers are those of the
specification of this revision (``x-klaviyo-ratelimit``). What answers tell is about the minute.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.limits import Bucket, Burst, Limit, Told, Window

MINUTE, DAY = 60.0, 86_400.0
ID = "/[^/]+"


def _tier(a_second: int, a_minute: int) -> tuple[Limit, ...]:
    return (Burst(a_second, 1.0), Window(a_minute, MINUTE))


XS, S, M, L, XL = _tier(1, 15), _tier(3, 60), _tier(10, 150), _tier(75, 750), _tier(350, 3500)

BUCKETS = (
    Bucket("account", XS, "GET", "/api/accounts"),
    Bucket("profiles", L, "GET", "/api/profiles"),
    Bucket("saving a profile", L, "POST", "/api/profile-import"),
    Bucket("saving profiles", M, "POST", "/api/profile-bulk-import-jobs"),
    Bucket("saved profiles", M, "GET", f"/api/profile-bulk-import-jobs{ID}"),
    Bucket("profiles not saved", M, "GET", f"/api/profile-bulk-import-jobs{ID}/import-errors"),
    Bucket("suppressing", L, "POST", "/api/profile-suppression-bulk-create-jobs"),
    Bucket("suppressed", L, "GET", f"/api/profile-suppression-bulk-create-jobs{ID}"),
    Bucket("unsuppressing", L, "POST", "/api/profile-suppression-bulk-delete-jobs"),
    Bucket("unsuppressed", L, "GET", f"/api/profile-suppression-bulk-delete-jobs{ID}"),
    Bucket("lists", L, "GET", "/api/lists"),
    Bucket("new lists", (M[0], Window(150, DAY), M[1]), "POST", "/api/lists"),
    Bucket("one list", L, "GET", f"/api/lists{ID}"),
    Bucket("list members", L, "GET", f"/api/lists{ID}/relationships/profiles"),
    Bucket("profiles of a list", L, "GET", f"/api/lists{ID}/profiles"),
    Bucket("adding to a list", M, "POST", f"/api/lists{ID}/relationships/profiles"),
    Bucket("removing from a list", M, "DELETE", f"/api/lists{ID}/relationships/profiles"),
    Bucket("one event", XL, "POST", "/api/events"),
    Bucket("events", M, "POST", "/api/event-bulk-create-jobs"),
    Bucket("events that were heard", XL, "GET", "/api/events"),
    Bucket("metrics", M, "GET", "/api/metrics"),
    Bucket("mapped metrics", S, "GET", "/api/mapped-metrics"),
    Bucket("flows of a metric", M, "GET", f"/api/metrics{ID}/flow-triggers"),
    Bucket("flows", S, "GET", "/api/flows"),
    Bucket("one flow", S, "GET", f"/api/flows{ID}"),
    Bucket("new flows", (XS[0], Window(100, DAY), XS[1]), "POST", "/api/flows"),
    Bucket("templates", L, "GET", "/api/templates"),
    Bucket("new templates", L, "POST", "/api/templates"),
    Bucket("segments", L, "GET", "/api/segments"),
    Bucket("new segments", (XS[0], Window(100, DAY), XS[1]), "POST", "/api/segments"),
    Bucket("campaigns", M, "GET", "/api/campaigns"),
    Bucket("messages of a campaign", M, "GET", f"/api/campaigns{ID}/campaign-messages"),
    Bucket("sending a campaign", M, "POST", "/api/campaign-send-jobs"),
    Bucket("reverting a campaign", M, "PATCH", f"/api/campaign-send-jobs{ID}"),
    Bucket("catalog items", XL, "GET", "/api/catalog-items"),
    Bucket("changing a catalog item", L, "PATCH", f"/api/catalog-items{ID}"),
    Bucket("tags", S, "GET", "/api/tags"),
    Bucket("new tags", S, "POST", "/api/tags"),
    Bucket("tagging", S, "POST", f"/api/tags{ID}/relationships/[^/]+"),
    Bucket("untagging", S, "DELETE", f"/api/tags{ID}/relationships/[^/]+"),
    Bucket("other calls", S),
)


def told(headers: Mapping[str, str]) -> Told | None:
    """A 429 carries none of these headers."""
    try:
        limit, left, reset = (headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))
        return Told(size=float(limit), left=float(left), resets_in=float(reset))
    except (KeyError, ValueError):
        return None

"""Small pieces of pages: chips and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.html import format_html
from django.utils.safestring import SafeString

TONES = {
    # health of a connection
    "healthy": "good",
    "untested": "muted",
    "waiting": "warn",
    "attention": "bad",
    # modes of a rule
    "draft": "muted",
    "shadow": "info",
    "live": "good",
    "paused": "warn",
    # outcomes in the run log
    "ok": "good",
    "skipped": "muted",
    "would": "info",
    "failed": "bad",
    "retrying": "warn",
    "held": "info",
    # stock that ran low
    "good": "good",
    "order_now": "warn",
    "on_order": "info",
    "critical": "bad",
    # what tools can do
    "native": "good",
    "polled": "info",
    "impossible": "bad",
    "forbidden": "bad",
    "not connected": "warn",
    # states of work
    "new": "info",
    "read": "good",
    "done": "good",
    "reread": "warn",
    "aside": "bad",
    "quarantined": "bad",
    "claimed": "info",
    "accepted": "info",
    "in_doubt": "warn",
    "parked": "warn",
    "applied": "good",
    "pending": "warn",
    "not_possible": "muted",
    "lost": "bad",
}


def chip(text: object, value: str = "") -> SafeString:
    """A word in the colour of its value; the word alone says it too."""
    return format_html('<span class="chip {}">{}</span>', TONES.get(value, "muted"), text)


def when(at: datetime | None, zone: str = "UTC", *, seconds: bool = False) -> SafeString | str:
    """A moment in a client's own time; UTC on hover."""
    if at is None:
        return "–"
    try:
        local = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        local = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        at.astimezone(UTC).isoformat(),
        f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        f"{local:%-d %b %Y, %H:%M:%S}" if seconds else f"{local:%-d %b %Y, %H:%M}",
    )


def ago(at: datetime | None, now: datetime) -> str:
    """3 minutes ago, in one unit."""
    if at is None:
        return "never"
    span = _span(now - at)
    return f"{span} ago" if span else "just now"


def ahead(at: datetime | None, now: datetime) -> str:
    """In 3 minutes, in one unit."""
    if at is None:
        return "none"
    span = _span(at - now)
    return f"in {span}" if span else "now"


def _span(time: timedelta) -> str:
    """In its largest whole unit; "" for less than a minute."""
    seconds = int(time.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return ""

"""Checks the fields of a request body; each check answers with a complaint or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.gorgias.errors import Refused
from connectors.sandbox.wire import Json

Check = Callable[[Any], str | None]
FORMAT = "%Y-%m-%dT%H:%M:%S.%f"  # what the vendor writes: microseconds, no offset, UTC

CHANNELS = frozenset(
    [
        "aircall",
        "api",
        "chat",
        "contact_form",
        "email",
        "facebook",
        "facebook-mention",
        "facebook-messenger",
        "facebook-recommendations",
        "help-center",
        "instagram-ad-comment",
        "instagram-comment",
        "instagram-direct-message",
        "instagram-mention",
        "internal-note",
        "phone",
        "sms",
        "twitter",
        "twitter-direct-message",
        "whatsapp",
        "yotpo-review",
    ]
)
VIAS = CHANNELS | frozenset(
    [
        "form",
        "gorgias_chat",
        "helpdesk",
        "instagram",
        "offline_capture",
        "rule",
        "self_service",
        "shopify",
        "twilio",
        "yotpo",
        "zendesk",
    ]
)
PRIORITIES = ("critical", "high", "normal", "low")


def stamp_of(text: str) -> str:
    """A moment as the vendor stores it."""
    return stamp(instant(text))


def stamp(moment: datetime) -> str:
    return moment.strftime(FORMAT)


def text(limit: int | None = None, least: int = 0) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return "Not a valid string."
        if len(value) < least:
            return f"Shorter than minimum length {least}."
        return f"Longer than maximum length {limit}." if limit is not None and len(value) > limit else None

    return check


def choice(*options: str) -> Check:
    def check(value: Any) -> str | None:
        return None if value in options else f"Must be one of: {', '.join(options)}."

    return check


def boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else "Not a valid boolean."


def integer(value: Any) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else "Not a valid integer."


def moment(value: Any) -> str | None:
    try:
        instant(value)
    except ValueError:
        return "Not a valid datetime."
    return None


def mapping(value: Any) -> str | None:
    return None if isinstance(value, dict) else "Not a valid mapping type."


def listing(value: Any) -> str | None:
    return None if isinstance(value, list) else "Not a valid list."


def anything(_value: Any) -> str | None:
    return None


channel = choice(*sorted(CHANNELS))
via = choice(*sorted(VIAS))


def clean(
    body: Any, checks: dict[str, Check], message: str, needs: Iterable[str] = (), solid: Iterable[str] = ()
) -> Json:
    """The body, if all its fields are known and right. ``solid`` fields cannot be null."""
    if not isinstance(body, dict):
        raise Refused(400, message, {"_schema": ["Invalid input type."]})
    complaints = {name: ["Missing data for required field."] for name in needs if name not in body}
    firm = {*needs, *solid}
    for name, value in body.items():
        if name not in checks:
            complaints[name] = ["Unknown field."]
        elif value is None:
            if name in firm:
                complaints[name] = ["Field may not be null."]
        elif complaint := checks[name](value):
            complaints[name] = [complaint]
    if complaints:
        raise Refused(400, message, complaints)
    return {
        name: stamp_of(value) if name.endswith("_datetime") and isinstance(value, str) else value
        for name, value in body.items()
    }

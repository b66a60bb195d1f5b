"""Decides which addresses the product may call or be told to call."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_PLAIN = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]+(/[A-Za-z0-9._~/%\-]*)?", re.ASCII)


def check(url: str, *, pattern: str, allow_loopback: bool) -> None:
    """Raise ValueError with a sentence unless ``url`` is the vendor's own, or a permitted loopback one.

    ``pattern`` must match the host in full. Only https on its usual port goes out to the world.
    """
    parts = _parts(url)
    host = parts.hostname or ""
    if is_loopback(host):
        if allow_loopback:
            return
        raise ValueError(
            f"The address {host} is this machine itself. "
            "That is only allowed where ALLOW_LOOPBACK_VENDORS is true."
        )
    if parts.scheme != "https":
        raise ValueError("The address must begin with https://.")
    if _port(parts) not in (None, 443):
        raise ValueError("The address must not name a port.")
    if not re.fullmatch(pattern, host, re.ASCII):
        raise ValueError(f"The address {host[:100]} is not one of this vendor's. Check the host name.")


def is_loopback(host: str) -> bool:
    """Only plain spellings count; a disguised one (such as 2130706433) is just a wrong host name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parts(url: str) -> SplitResult:
    """Characters that two libraries may read differently (such as @ and \\) are refused altogether."""
    if not _PLAIN.fullmatch(url):
        raise ValueError("This is not a plain web address such as https://shop.example.com.")
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError:
        raise ValueError("This is not a plain web address such as https://shop.example.com.") from None
    return parts


def _port(parts: SplitResult) -> int | None:
    return parts.port

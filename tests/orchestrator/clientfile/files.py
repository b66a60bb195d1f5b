"""Client files for the tests, and one way to apply them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from orchestrator.clientfile.apply import apply
from orchestrator.clientfile.diff import Diff
from orchestrator.clientfile.problems import ClientFileError

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
STORE = "store: {slug: north-ridge, name: North Ridge, platform: shopify, currency: USD}\n"
GORGIAS = """\
connections:
  - vendor: gorgias
    credentials: {subdomain: north-ridge, email: ops@agency.test, api_key: key-1, webhook_secret: secret-1}
"""
KLAVIYO = """\
  - vendor: klaviyo
    credentials: {private_key: pk_1}
"""
RULE = """\
rules:
  - {recipe: ticket_hold, name: Hold, mode: live, params: {grace_minutes: 5}}
"""
FULL = STORE + GORGIAS + KLAVIYO + RULE


def applied(text: str | bytes, *, environ: Mapping[str, str] | None = None, is_check: bool = False) -> Diff:
    data = text.encode() if isinstance(text, str) else text
    return apply(data, environ=environ or {}, now=NOW, is_check=is_check)


def problems(text: str | bytes, environ: Mapping[str, str] | None = None) -> list[str]:
    """``LINE: sentence`` for each thing that is wrong, none when the file is good."""
    try:
        applied(text, environ=environ)
    except ClientFileError as error:
        return [f"{each.line}: {each.sentence}" for each in error.problems]
    return []

"""Misconfiguration that can be seen before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from connectors import registry


@register(Tags.security)
def keys_open_credentials(app_configs: Sequence[AppConfig] | None, **_: Any) -> Iterator[CheckMessage]:
    for position, key in enumerate(settings.CREDENTIAL_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            yield Error(
                f"Key {position} of CREDENTIAL_KEYS is not a Fernet key (32 bytes, URL-safe base64).",
                hint='Make one: python -c "from cryptography.fernet import Fernet; '
                'print(Fernet.generate_key().decode())"',
                id="orchestrator.E001",
            )


@register()
def leases_outlast_calls(app_configs: Sequence[AppConfig] | None, **_: Any) -> Iterator[CheckMessage]:
    if settings.LEASE_SECONDS < 2 * settings.CALL_DEADLINE:
        yield Error(
            "LEASE_SECONDS is shorter than two calls of CALL_DEADLINE: work in hand could be taken over.",
            hint="Raise LEASE_SECONDS or lower CALL_DEADLINE.",
            id="orchestrator.E002",
        )


@register()
def the_agencys_chat_can_be_called(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> Iterator[CheckMessage]:
    address = settings.AGENCY_SLACK_WEBHOOK
    if address and not registry.vendor_class("slack").Credentials({"webhook_url": address}).is_valid():
        yield Warning(
            "AGENCY_SLACK_WEBHOOK is not the address of a Slack webhook: no alert will reach that channel.",
            hint="Copy it whole from Slack: https://hooks.slack.com/services/ and three parts.",
            id="orchestrator.W003",
        )


@register(Tags.security, deploy=True)
def production_is_closed(app_configs: Sequence[AppConfig] | None, **_: Any) -> Iterator[CheckMessage]:
    if settings.ALLOW_LOOPBACK_VENDORS:
        yield Warning(
            "ALLOW_LOOPBACK_VENDORS lets connections reach addresses on this machine.",
            hint="Leave it off outside of tests and demonstrations.",
            id="orchestrator.W001",
        )
    if not settings.IS_HTTPS:
        yield Warning(
            "PUBLIC_URL is not https: passwords and webhooks travel in the clear.",
            hint="Put a proxy with TLS in front and set PUBLIC_URL to its https address.",
            id="orchestrator.W002",
        )

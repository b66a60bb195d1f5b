"""Gorgias, a helpdesk. https://developers.gorgias.com/reference"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator

from connectors.errors import Problem
from connectors.fields import SecretField
from connectors.limits import Bucket, Told
from connectors.roles import Heard
from connectors.types import Account, AnySnapshot, Page, Parsed, Reference, WebhookState
from connectors.values import mapping, rows, text
from connectors.vendors.gorgias import limits, polling, webhooks
from connectors.vendors.gorgias.handling import Handling
from connectors.vendors.gorgias.reading import Reader


class GorgiasCredentials(forms.Form):
    subdomain = forms.CharField(
        max_length=63,
        validators=[
            RegexValidator(
                r"\A[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z",
                "Enter only the part before .gorgias.com, in small letters.",
            )
        ],
        help_text="The part before .gorgias.com.",
    )
    email = forms.EmailField(help_text="Of the user who made the key.")
    api_key = SecretField(label="API key", help_text="From Settings, REST API.")
    webhook_secret = SecretField(
        required=False,
        help_text="A long random text of your own, sent back with every webhook. Without it none is used.",
    )


class Gorgias(Handling):
    slug: ClassVar[str] = "gorgias"
    label: ClassVar[str] = "Gorgias"
    hosts: ClassVar[str] = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\.gorgias\.com"
    Credentials: ClassVar[type[forms.Form]] = GorgiasCredentials
    keys_at: ClassVar[str] = "https://{subdomain}.gorgias.com/app/settings/api"
    has_webhooks: ClassVar[bool] = True
    buckets: ClassVar[tuple[Bucket, ...]] = limits.BUCKETS
    tells: ClassVar[Mapping[str, Heard]] = webhooks.TELLS

    @classmethod
    def root(cls, credentials: Mapping[str, str]) -> str:
        return f"https://{credentials['subdomain']}.gorgias.com"

    @classmethod
    def headers(cls, credentials: Mapping[str, str]) -> dict[str, str]:
        pair = f"{credentials['email']}:{credentials['api_key']}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    @classmethod
    def explain(cls, body: Any) -> Problem:
        """``{"error": {"msg": …, "data": {field: [complaint]}}}``"""
        error = mapping(mapping(body).get("error"))
        complaints = [
            f"{field}: {text(complaint)}"
            for field, said in mapping(error.get("data")).items()
            for complaint in (said if isinstance(said, list) else [said])
        ]
        return Problem(text="; ".join([text(error.get("msg")), *complaints]).strip("; "))

    @classmethod
    def payer(cls, credentials: Mapping[str, str], account_id: str) -> str:
        """All keys of a helpdesk share one bucket."""
        return credentials["subdomain"]

    @classmethod
    def told(cls, bucket: Bucket, headers: Mapping[str, str], body: Any) -> Told | None:
        return limits.told(headers)

    @classmethod
    def verify(cls, credentials: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bool:
        return webhooks.is_genuine(credentials.get("webhook_secret", ""), headers)

    @classmethod
    def parse_webhook(cls, body: bytes, headers: Mapping[str, str]) -> Parsed:
        return webhooks.parse(body)

    def account(self) -> Account:
        body = mapping(self.client.get("/api/account").json)
        domain = text(body.get("domain"))
        hours = [each for each in rows(body.get("settings")) if each.get("type") == "business-hours"]
        zones = [text(mapping(each.get("data")).get("timezone"), 60) for each in hours]
        name = text(mapping(body.get("meta")).get("company_name")) or domain or self.credentials["subdomain"]
        return Account(name=name, timezone=next(filter(None, zones), ""), account_id=domain)

    def poll(self, watermark: str) -> Iterator[Page]:
        return polling.poll(self._reader(), watermark)

    def read(self, references: Sequence[Reference]) -> list[AnySnapshot]:
        return list(self._reader().read(references))

    def ensure_webhooks(self, url: str) -> list[WebhookState]:
        return webhooks.ensure(self.client, url, self.credentials["webhook_secret"])

    def _reader(self) -> Reader:
        return Reader(self.client, self.root(self.credentials), self.wants)

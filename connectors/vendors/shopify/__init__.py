"""Shopify, a storefront. https://shopify.dev/docs/api/admin-graphql"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from django import forms

from connectors.errors import Problem
from connectors.http import Client
from connectors.limits import Bucket, Told
from connectors.roles import Heard
from connectors.types import Account, AnySnapshot, Page, Parsed, Reference, Step, Token, WebhookState
from connectors.values import mapping, text
from connectors.vendors.shopify import history, limits, marks, polling, shop, telling, tokens, webhooks
from connectors.vendors.shopify.acting import Acting
from connectors.vendors.shopify.bulk import Bulk
from connectors.vendors.shopify.credentials import SHOP, ShopifyCredentials
from connectors.vendors.shopify.graphql import ask
from connectors.vendors.shopify.ids import domain
from connectors.vendors.shopify.reading import Reader

FILES = r"storage\.googleapis\.com"  # where Shopify lays out what a bulk operation found


class Shopify(Acting):
    slug: ClassVar[str] = "shopify"
    label: ClassVar[str] = "Shopify"
    hosts: ClassVar[str] = SHOP
    Credentials: ClassVar[type[forms.Form]] = ShopifyCredentials
    keys_at: ClassVar[str] = "https://dev.shopify.com/dashboard"
    has_webhooks: ClassVar[bool] = True
    buckets: ClassVar[tuple[Bucket, ...]] = limits.BUCKETS
    imports: ClassVar[tuple[str, ...]] = tuple(history.KINDS)
    tells: ClassVar[Mapping[str, Heard]] = telling.TELLS
    scopes: ClassVar[Mapping[str, tuple[str, ...]]] = telling.SCOPES

    @classmethod
    def root(cls, credentials: Mapping[str, str]) -> str:
        return f"https://{domain(credentials['shop'])}"

    @classmethod
    def headers(cls, credentials: Mapping[str, str]) -> dict[str, str]:
        return {"X-Shopify-Access-Token": credentials["access_token"]}

    @classmethod
    def needs_token(cls, credentials: Mapping[str, str]) -> bool:
        return tokens.is_needed(credentials)

    @classmethod
    def renew(cls, client: Client, credentials: Mapping[str, str]) -> Token:
        return tokens.renew(client, credentials)

    @classmethod
    def payer(cls, credentials: Mapping[str, str], account_id: str) -> str:
        """Every app has points of its own in every shop."""
        app = credentials.get("client_id") or credentials.get("access_token", "")
        return f"{domain(credentials['shop'])} {app}"

    @classmethod
    def told(cls, bucket: Bucket, headers: Mapping[str, str], body: Any) -> Told | None:
        return limits.told(body)

    @classmethod
    def explain(cls, body: Any) -> Problem:
        """``{"errors": "…"}``; the token endpoint has a form of its own."""
        if tokens.is_refusal(body):
            return Problem(text=tokens.refusal(body))
        return Problem(text=text(mapping(body).get("errors"), 500))

    @classmethod
    def verify(cls, credentials: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bool:
        return webhooks.is_genuine(credentials, headers, body)

    @classmethod
    def parse_webhook(cls, body: bytes, headers: Mapping[str, str]) -> Parsed:
        return webhooks.parse(body, headers)

    def account(self) -> Account:
        return shop.account(self.client, domain(self.credentials["shop"]))

    def poll(self, watermark: str) -> Iterator[Page]:
        return polling.poll(self._reader(), watermark)

    def read(self, references: Sequence[Reference]) -> list[AnySnapshot]:
        return list(self._reader().read(references))

    def history(self, kind: str, position: str) -> Generator[Step, None, None]:
        lines = partial(self.client.lines, hosts=FILES)
        wanted = history.KINDS[kind](domain(self.credentials["shop"]))
        return Bulk(wanted, partial(ask, self.client), lines, marks.beginning).steps(position)

    def ensure_webhooks(self, url: str) -> list[WebhookState]:
        return webhooks.ensure(self.client, url)

    def _reader(self) -> Reader:
        return Reader(self.client, domain(self.credentials["shop"]))

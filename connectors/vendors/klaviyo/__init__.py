"""Klaviyo, a marketing tool. https://developers.klaviyo.com/en/reference/api_overview"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
from django import forms

from connectors.automations import Automation
from connectors.errors import Problem
from connectors.fields import SecretField
from connectors.limits import Bucket, Told
from connectors.roles import Heard
from connectors.types import Account, AnySnapshot, Page, Reference, Sending
from connectors.values import mapping, rows, text
from connectors.vendors.klaviyo import automations, limits, meanings, scopes, sendings
from connectors.vendors.klaviyo.api import attributes, items, needing
from connectors.vendors.klaviyo.campaigns import Campaigns
from connectors.vendors.klaviyo.catalog import Catalog
from connectors.vendors.klaviyo.listening import Listening
from connectors.vendors.klaviyo.lists import Lists
from connectors.vendors.klaviyo.mailings import Mailings
from connectors.vendors.klaviyo.meanings import KlaviyoOptions
from connectors.vendors.klaviyo.predictions import Predictions
from connectors.vendors.klaviyo.profiles import Profiles
from connectors.vendors.klaviyo.suppressions import Suppressions

REVISION = "2026-07-15"  # the one place; campaigns are another model from 2026-10-15 on


class KlaviyoCredentials(forms.Form):
    private_key = SecretField(
        help_text="From Settings, API keys. It needs accounts:read, lists, profiles, events, subscriptions, "
        "tags, flows:read, campaigns and metrics:read; holding campaigns also reads templates, "
        "hiding catalog items needs catalogs, the assessment reads segments. Setting up what a rule needs "
        "also takes flows:write, templates (read and write) and segments (read and write).",
    )


class Klaviyo(Lists, Profiles, Predictions, Suppressions, Mailings, Campaigns, Catalog):
    slug: ClassVar[str] = "klaviyo"
    label: ClassVar[str] = "Klaviyo"
    hosts: ClassVar[str] = r"a\.klaviyo\.com"
    Credentials: ClassVar[type[forms.Form]] = KlaviyoCredentials
    Options: ClassVar[type[forms.Form]] = KlaviyoOptions
    keys_at: ClassVar[str] = "https://www.klaviyo.com/settings/account/api-keys"
    buckets: ClassVar[tuple[Bucket, ...]] = limits.BUCKETS
    scopes: ClassVar[Mapping[str, tuple[str, ...]]] = scopes.TAKES
    tells: ClassVar[Mapping[str, Heard]] = meanings.TELLS
    polls_apart: ClassVar[int] = 300  # where they only prove the key: /api/accounts answers 15 times a minute
    lookup_batch: ClassVar[int] = 100
    list_batch: ClassVar[int] = 1000
    event_batch: ClassVar[int] = 1000

    @classmethod
    def root(cls, credentials: Mapping[str, str]) -> str:
        return "https://a.klaviyo.com"

    @classmethod
    def headers(cls, credentials: Mapping[str, str]) -> dict[str, str]:
        return {
            "Authorization": f"Klaviyo-API-Key {credentials['private_key']}",
            "revision": REVISION,
            "Accept": "application/vnd.api+json",
            "Content-Type": "application/vnd.api+json",
        }

    @classmethod
    def explain(cls, body: Any) -> Problem:
        """``{"errors": [{code, title, detail, meta}]}``. A bad key may come with status 400 too."""
        errors = rows(mapping(body).get("errors"))
        if not errors:
            return Problem()
        first = errors[0]
        code = text(first.get("code"), 60)
        return Problem(
            text=text(first.get("detail"), 500) or text(first.get("title"), 500),
            code="credentials_rejected" if code in ("not_authenticated", "authentication_failed") else code,
            existing_id=text(mapping(first.get("meta")).get("duplicate_profile_id"), 60),
        )

    @classmethod
    def told(cls, bucket: Bucket, headers: Mapping[str, str], body: Any) -> Told | None:
        return limits.told(headers)

    @classmethod
    def seconds_apart(cls, wants: frozenset[str]) -> int:
        return 0 if meanings.wanted(wants) else cls.polls_apart

    def poll(self, watermark: str) -> Iterator[Page]:
        """Events that somebody listens for; where nobody does, a poll only proves the key."""
        words = meanings.wanted(self.wants)
        if not words:
            yield Page(watermark="", account=self.account(), unheard={})
            return
        listening = Listening(self.client, words, self.options, watermark)
        if listening.is_new:
            yield Page(account=self.account())
        yield from listening.pages()

    def read(self, references: Sequence[Reference]) -> list[AnySnapshot]:
        """Carts by all that happened since we knew of them; Klaviyo keeps nothing else that changes."""
        known = {each.id: each.known_at for each in references if each.kind == "cart" and each.known_at}
        if not known:
            return []
        listening = Listening(self.client, [meanings.CHECKOUT, meanings.PURCHASE], self.options, "")
        return [*listening.carts(set(known), min(known.values()))]

    def account(self) -> Account:
        """The answer cannot tell what else the key may do: ``examined`` looks, and a later call that is
        refused names the scope."""
        with needing("accounts:read"):
            found = items(self.client.get("/api/accounts"))
        account = found[0] if found else {}
        about = attributes(account)
        contact = mapping(about.get("contact_information"))
        return Account(
            name=text(contact.get("organization_name"))
            or text(contact.get("default_sender_name"))
            or "Klaviyo",
            timezone=text(about.get("timezone"), 60),
            currency=text(about.get("preferred_currency"), 3),
            account_id=text(account.get("id"), 60),
        )

    def examined(self) -> Account:
        return msgspec.structs.replace(self.account(), missing_scopes=tuple(scopes.missing(self.client)))

    def sendings(self, list_id: str) -> Iterable[Sending]:
        yield from sendings.flows(self.client, list_id)
        yield from sendings.campaigns(self.client, list_id)

    def automations(self) -> Iterable[Automation]:
        yield from automations.flows(self.client, {each.id: each for each in self.metrics()})

    def segments(self) -> Iterable[Automation]:
        yield from automations.segments(self.client)

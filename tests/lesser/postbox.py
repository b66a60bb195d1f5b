"""A marketing tool that can do less than others: all it takes is events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django import forms

from connectors.fields import SecretField
from connectors.roles import Marketing, MarketingEvent
from connectors.types import Account


class PostboxCredentials(forms.Form):
    key = SecretField()


class Postbox(Marketing):
    slug: ClassVar[str] = "postbox"
    label: ClassVar[str] = "Postbox"
    hosts: ClassVar[str] = r"api\.postbox\.test"
    Credentials: ClassVar[type[forms.Form]] = PostboxCredentials
    lacks: ClassVar[Mapping[str, str]] = {
        "hold_list": "It has no lists.",
        "set_property": "",
        "hold_global": "",
        "hold_campaign": "",
        "hold_catalog": "",
        "customer.predicted": "",
        "cart_flows": "",
        "set_up": "",
        "marketing_flows": "",
    }
    scopes: ClassVar[Mapping[str, tuple[str, ...]]] = {"send_event": ("events.write",)}

    @classmethod
    def root(cls, credentials: Mapping[str, str]) -> str:
        return "https://api.postbox.test"

    @classmethod
    def headers(cls, credentials: Mapping[str, str]) -> dict[str, str]:
        return {"Authorization": credentials["key"]}

    def account(self) -> Account:
        return Account(name="Postbox")

    def send_event(self, event: MarketingEvent) -> None:
        self.client.post("/events", json={"metric": event.metric})

    def send_events(self, events: Sequence[MarketingEvent]) -> None:
        for each in events:
            self.send_event(each)

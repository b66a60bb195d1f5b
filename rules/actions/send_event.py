"""Tell the marketing tool that something happened to a person, so that its flows can react."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms

from connectors.errors import Refused, VendorError
from connectors.roles import Marketing, MarketingEvent
from rules.actions.base import Action, Done, Missing, NotTried, Result, always, is_no_use
from rules.facts import Facts
from rules.fields import StructureField
from rules.sentences import quoted


class SendEvent(Action[Marketing], frozen=True, kw_only=True):
    slug: ClassVar[str] = "send_event"
    label: ClassVar[str] = "Send a marketing event"
    role: ClassVar[str] = "marketing"
    asks: ClassVar[str] = "send_event"
    is_heard: ClassVar[bool] = True
    repeat_safe: ClassVar[bool] = True  # the vendor keeps the first event of a key

    metric: str
    email: str = ""
    phone: str = ""  # of somebody without an address
    at: datetime
    properties: dict[str, Any] = {}

    class Arguments(forms.Form):
        metric = forms.CharField(max_length=128, help_text="The event's name in the marketing tool.")
        properties = StructureField(types=(dict,), noun="names and values", required=False, initial={})

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        """Who has no address is named by their number, if they want to be written to there."""
        if not facts.subject:
            return Missing("no_email")
        if facts.phone and not may_text(facts):
            return Missing("no_sms_consent")
        return cls(
            metric=arguments["metric"],
            email=facts.email,
            phone=facts.phone,
            at=at,
            properties=arguments["properties"],
        )

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"send the marketing event {quoted(arguments['metric'])}"

    def sentence(self) -> str:
        return f"Send the marketing event {quoted(self.metric)}"

    def perform(self, platform: Marketing, key: str) -> None:
        platform.send_event(self._event(key))

    @classmethod
    def perform_many(
        cls,
        platform: Marketing,
        batch: Sequence[tuple[Self, str]],
        *,
        again: bool = False,
        may_call: Callable[[], bool] = always,
    ) -> list[Result]:
        """In bulk, but one by one after a doubt: a bulk call fails whole for one key that is known."""
        size = platform.event_batch
        if again or size == 1:
            return super().perform_many(platform, batch, again=again, may_call=may_call)
        results: list[Result] = []
        for start in range(0, len(batch), size):
            chunk = batch[start : start + size]
            if (results and is_no_use(results[-1])) or not may_call():
                results += [NotTried()] * len(chunk)
            else:
                results += cls._send(platform, chunk, may_call)
        return results

    @classmethod
    def _send(
        cls, platform: Marketing, chunk: Sequence[tuple[Self, str]], may_call: Callable[[], bool]
    ) -> list[Result]:
        if len(chunk) == 1:
            return super().perform_many(platform, chunk)
        try:
            platform.send_events([action._event(key) for action, key in chunk])
        except Refused:
            return super().perform_many(platform, chunk, may_call=may_call)
        except VendorError as error:
            return [error] * len(chunk)
        return [Done()] * len(chunk)

    def _event(self, key: str) -> MarketingEvent:
        return MarketingEvent(
            metric=self.metric,
            email=self.email,
            phone=self.phone,
            key=key,
            at=self.at,
            properties=self.properties,
        )


def may_text(facts: Facts) -> bool:
    """The person has agreed to text messages, as far as the storefront knows."""
    return facts.customer is not None and facts.customer.sms_consent == "subscribed"

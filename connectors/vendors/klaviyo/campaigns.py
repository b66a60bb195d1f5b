"""Campaigns that are not out yet: what they say, and taking them back. They name no product.

https://developers.klaviyo.com/en/reference/campaigns_api_overview
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from connectors.memory import Memory
from connectors.types import Campaign
from connectors.values import instant, mapping, rows, text
from connectors.vendors.klaviyo.api import Item, any_of, attributes, equals, items, needing, pages, segment
from connectors.vendors.klaviyo.sendings import CAMPAIGNS, CHANNELS, DRAFT, KEPT, RUNNING, WAITING
from connectors.vendors.klaviyo.tags import Tags

JOBS = "/api/campaign-send-jobs"
JOB = "campaign-send-job"
LONGEST_COPY = 300_000  # characters of one template
STAGES = {DRAFT: "draft", **dict.fromkeys(WAITING, "waiting"), **dict.fromkeys(RUNNING, "running")}

_copies: Memory[str] = Memory(500)


class Campaigns(Tags):
    def campaigns(self, ids: Sequence[str] | None = None) -> list[Campaign]:
        """A channel is mandatory in the filter, so each is a call of its own."""
        wanted = any_of("status", list(STAGES)) if ids is None else any_of("id", ids)
        found: dict[str, Campaign] = {}
        with needing("campaigns:read", "tags:read"):
            for channel in CHANNELS:
                asked = {
                    "filter": f"{equals('messages.channel', channel)},{wanted}",
                    "include": "campaign-messages,tags",
                    "page[size]": CAMPAIGNS,
                }
                for response in pages(self.client, "/api/campaigns", asked):
                    included = _included(mapping(response.json))
                    told = (
                        _campaign(each, channel, included, response.answered_at) for each in items(response)
                    )
                    found |= {each.id: each for each in told if ids is not None or each.stage != "over"}
        return list(found.values())

    def campaign_copy(
        self, campaigns: Iterable[Campaign], *, anew: bool = False
    ) -> Iterator[tuple[str, str]]:
        """A message has its own copy of a template, which only the message leads to. The campaign does not
        show that somebody wrote it anew."""
        for each in campaigns:
            if each.channel == "email":
                yield each.id, self._copy(each, anew)

    def _copy(self, campaign: Campaign, anew: bool) -> str:
        path = f"/api/campaigns/{segment(campaign.id)}/campaign-messages"
        key = f"{self.client.identity}{path}:{campaign.content}"
        known = _copies.get(key, campaign.read_at - KEPT if campaign.read_at else None)
        if known is not None and not anew:
            return known
        with needing("campaigns:read", "templates:read"):
            response = self.client.get(path, params={"include": "template"})
        parts = (
            text(attributes(each).get(name), LONGEST_COPY)
            for each in rows(mapping(response.json).get("included"))
            for name in ("html", "text")
        )
        copy = "\n".join(part for part in parts if part)
        _copies.keep(key, response.answered_at, copy)
        return copy

    def tag_campaigns(self, tag: str, ids: Sequence[str]) -> None:
        self.tag(tag, "campaign", ids)

    def untag_campaigns(self, tag: str, ids: Sequence[str]) -> None:
        self.untag(tag, "campaign", ids)

    def revert_campaign(self, id_: str) -> None:
        """Never cancelled: that is for good."""
        body = {"data": {"type": JOB, "id": id_, "attributes": {"action": "revert"}}}
        with needing("campaigns:write"):
            self.client.patch(f"{JOBS}/{segment(id_)}", json=body)

    def schedule_campaign(self, id_: str) -> None:
        with needing("campaigns:write"):
            self.client.post(JOBS, json={"data": {"type": JOB, "id": id_}})

    def reschedule_campaign(self, campaign: Campaign, at: datetime) -> None:
        """A strategy whose time has passed is refused, so it gets its new one first."""
        told = {"type": "campaign", "id": campaign.id, "attributes": {"send_strategy": _at(campaign, at)}}
        with needing("campaigns:write"):
            self.client.patch(f"/api/campaigns/{segment(campaign.id)}", json={"data": told})
        self.schedule_campaign(campaign.id)


def _at(campaign: Campaign, at: datetime) -> Mapping[str, Any]:
    """The same way of sending; what was to go out at once goes out then."""
    method = campaign.strategy.get("method")
    if method == "smart_send_time":
        return {**campaign.strategy, "date": f"{at.astimezone(UTC):%Y-%m-%d}"}
    if method in ("static", "throttled"):
        return {**campaign.strategy, "datetime": at.astimezone(UTC).isoformat()}
    return {"method": "static", "datetime": at.astimezone(UTC).isoformat(), "options": {"is_local": False}}


def _included(body: Mapping[str, Any]) -> dict[tuple[str, str], Item]:
    return {
        (text(each.get("type"), 40), text(each.get("id"), 60)): each for each in rows(body.get("included"))
    }


def _campaign(
    found: Item, channel: str, included: Mapping[tuple[str, str], Item], read_at: datetime | None
) -> Campaign:
    about = attributes(found)
    messages = _related(found, "campaign-messages", "campaign-message", included)
    definitions = [mapping(attributes(each).get("definition")) for each in messages]
    strategy = mapping(about.get("send_strategy"))
    status = text(about.get("status"), 60)
    return Campaign(
        id=text(found.get("id"), 60),
        name=text(about.get("name")),
        channel=channel,
        status=status,
        stage="over" if about.get("archived") else STAGES.get(status, "over"),
        tags=tuple(text(attributes(each).get("name")) for each in _related(found, "tags", "tag", included)),
        texts=tuple(_texts(definitions)),
        variants=len(messages) or 1,
        strategy=strategy,
        sends_at=_sends_at(strategy),
        content=_content(about, definitions),
        read_at=read_at,
    )


def _related(found: Item, name: str, kind: str, included: Mapping[tuple[str, str], Item]) -> list[Item]:
    told = mapping(mapping(found.get("relationships")).get(name)).get("data")
    ids = [text(each.get("id"), 60) for each in rows(told)]
    return [included[(kind, each)] for each in ids if (kind, each) in included]


def _texts(definitions: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for definition in definitions:
        content = mapping(definition.get("content"))
        for name in ("subject", "preview_text", "body"):
            if said := text(content.get(name), 5_000):
                yield said


def _sends_at(strategy: Mapping[str, Any]) -> datetime | None:
    """None where it goes out at once. A day without an hour counts from its beginning."""
    return instant(strategy.get("datetime")) or instant(strategy.get("date"))


def _content(about: Item, definitions: Sequence[Mapping[str, Any]]) -> str:
    names = ("name", "audiences", "send_options", "send_strategy")
    told = json.dumps([{name: about.get(name) for name in names}, list(definitions)], sort_keys=True)
    return blake2b(told.encode(), digest_size=12).hexdigest()

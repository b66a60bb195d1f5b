"""Live flows and segments as plain values: what starts them, what they read, and how many messages they send.

https://developers.klaviyo.com/en/reference/flows_api_overview
https://developers.klaviyo.com/en/reference/segments_api_overview
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.automations import Automation, words
from connectors.http import Client
from connectors.values import mapping, rows, text
from connectors.vendors.klaviyo.api import Item, attributes, equals, everything, items, needing, pages
from connectors.vendors.klaviyo.meanings import Metric
from connectors.vendors.klaviyo.sendings import FLOWS, whole

CHANNELS = {
    "send-email": "email",
    "send-sms": "sms",
    "send-mobile-push": "push",
    "send-whatsapp": "whatsapp",
}
SPLITS = frozenset({"conditional-split", "trigger-split", "multi-branch-split"})
SEGMENTS = 10  # the most on a page


def flows(client: Client, metrics: Mapping[str, Metric]) -> Iterator[Automation]:
    asked = {"filter": equals("status", "live"), "page[size]": FLOWS}
    with needing("flows:read"):
        for response in pages(client, "/api/flows", asked):
            for flow in items(response):
                if not attributes(flow).get("archived"):
                    yield automation(whole(client, flow, response.answered_at), metrics)


def segments(client: Client) -> Iterator[Automation]:
    """Active ones, with the words of their definition."""
    with needing("segments:read"):
        for found in everything(client, "/api/segments", {"page[size]": SEGMENTS}):
            about = attributes(found)
            if about.get("is_active") is not False:
                yield Automation(
                    kind="segment",
                    id=text(found.get("id"), 60),
                    name=text(about.get("name")),
                    reads=tuple(words(about.get("definition"))),
                )


def automation(flow: Item, metrics: Mapping[str, Metric]) -> Automation:
    about = attributes(flow)
    definition = mapping(about.get("definition"))
    actions = {text(each.get("id"), 60): each for each in rows(definition.get("actions"))}
    triggers = rows(definition.get("triggers"))
    first = triggers[0] if triggers else {}
    metric = metrics.get(text(first.get("id"), 60)) if first.get("type") == "metric" else None
    return Automation(
        kind="flow",
        id=text(flow.get("id"), 60),
        name=text(about.get("name")),
        trigger=metric.name if metric else text(first.get("type"), 60),
        origin=metric.integration if metric else "",
        channels=_way(actions, text(definition.get("entry_action_id"), 60), {}),
        reads=(*words(first.get("trigger_filter")), *_branches(actions)),
        guards=tuple(words(definition.get("profile_filter"))),
        does=_other(actions),
    )


def _way(actions: Mapping[str, Item], name: str, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The channels of the way that sends most; among equals the one with more kinds of them."""
    if name not in actions:
        return ()
    if name not in known:
        known[name] = ()  # a definition that goes in circles ends here
        action = actions[name]
        channel = CHANNELS.get(text(action.get("type"), 40))
        is_draft = mapping(action.get("data")).get("status") == "draft"
        ways = [_way(actions, each, known) for each in _following(action)]
        longest = max(ways, key=lambda way: (len(way), len(set(way))), default=())
        known[name] = ((channel,) if channel and not is_draft else ()) + longest
    return known[name]


def _following(action: Item) -> Iterator[str]:
    links = mapping(action.get("links"))
    for name in ("next", "next_if_true", "next_if_false"):
        if isinstance(links.get(name), str):
            yield text(links[name], 60)
    for branch in rows(links.get("branches")):
        if isinstance(branch.get("next"), str):
            yield text(branch["next"], 60)


def _branches(actions: Mapping[str, Item]) -> Iterator[str]:
    for action in actions.values():
        if action.get("type") in SPLITS:
            yield from words(action.get("data"))


def _other(actions: Mapping[str, Item]) -> tuple[str, ...]:
    """Webhooks, alerts and profile changes, with what a change writes."""
    told: list[str] = []
    for action in actions.values():
        kind = text(action.get("type"), 40)
        if kind in ("send-webhook", "send-internal-alert"):
            told.append(kind)
        elif kind == "update-profile":
            told.append(" ".join((kind, *words(action.get("data")))))
    return tuple(told)

"""Which flows and campaigns may write to people, and whether they leave out those on a list.

https://developers.klaviyo.com/en/reference/flows_api_overview
https://developers.klaviyo.com/en/reference/campaigns_api_overview
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.http import Client
from connectors.memory import Memory
from connectors.types import Sending
from connectors.values import instant, mapping, rows, text
from connectors.vendors.klaviyo.api import (
    Item,
    any_of,
    attributes,
    equals,
    everything,
    item,
    items,
    needing,
    pages,
    segment,
)

CHANNELS = ("email", "sms")  # a channel is mandatory in the campaigns' filter
SENDS = frozenset({"send-email", "send-sms", "send-mobile-push", "send-whatsapp"})
# Before it is scheduled a campaign can still be changed, afterwards Klaviyo may have fixed its recipients.
DRAFT = "Draft"
WAITING = ("Scheduled", "Preparing to schedule", "Preparing to send", "Queued without Recipients")
RUNNING = ("Adding Recipients", "Sending", "Sending Segments")
FLOWS = 50  # the most on a page
CAMPAIGNS = 100
KEPT = timedelta(minutes=50)  # an hourly look sees every flow anew; one that was stopped goes on

_memory: Memory[Item] = Memory(2_000)


def flows(client: Client, list_id: str) -> Iterator[Sending]:
    """Live flows that send marketing. Each definition is a call of its own, of which a minute has few."""
    asked = {"filter": equals("status", "live"), "page[size]": FLOWS}
    with needing("flows:read"):
        for response in pages(client, "/api/flows", asked):
            for flow in items(response):
                if attributes(flow).get("archived"):
                    continue
                sending = flow_sending(whole(client, flow, response.answered_at), list_id)
                if sending is not None:
                    yield sending


def whole(client: Client, flow: Item, now: datetime | None) -> Item:
    """The flow with its definition. ``now`` is the vendor's clock."""
    path = f"/api/flows/{segment(text(flow.get('id'), 60))}"
    changed_at = instant(attributes(flow).get("updated"))
    since = max(changed_at, now - KEPT) if changed_at and now else None
    known = _memory.get(client.identity + path, since)
    if known is not None:
        return known
    response = client.get(path, params={"additional-fields[flow]": "definition"})
    _memory.keep(client.identity + path, response.answered_at, item(response))
    return item(response)


def campaigns(client: Client, list_id: str) -> Iterator[Sending]:
    """Campaigns of every channel that can be held, from the draft until they are sent."""
    statuses = any_of("status", [DRAFT, *WAITING, *RUNNING])
    with needing("campaigns:read"):
        for channel in CHANNELS:
            asked = {
                "filter": f"{equals('messages.channel', channel)},{statuses}",
                "page[size]": CAMPAIGNS,
            }
            for found in everything(client, "/api/campaigns", asked):
                if not attributes(found).get("archived"):
                    yield _campaign(found, list_id, channel)


def flow_sending(flow: Item, list_id: str) -> Sending | None:
    """None when the flow sends no marketing: held people shall still get what they ordered."""
    about = attributes(flow)
    definition = mapping(about.get("definition"))
    messages = [each for each in _sends(definition.get("actions")) if not each.get("transactional")]
    if definition and not messages:
        return None
    by_flow = excludes(definition.get("profile_filter"), list_id)
    open_ones = [each for each in messages if not excludes(each.get("additional_filters"), list_id)]
    if by_flow:
        why = "the flow's profile filter"
    elif not definition:
        why = "the flow's definition could not be seen"
    elif open_ones:
        why = f"{len(open_ones)} of {len(messages)} messages have no such filter"
    else:
        why = "a filter on each message"
    return Sending(
        kind="flow",
        id=text(flow.get("id"), 60),
        name=text(about.get("name")),
        status=text(about.get("status"), 40),
        excludes_list=by_flow or bool(messages and not open_ones),
        why=why,
    )


def excludes(condition: Any, list_id: str) -> bool:
    """Whether a filter surely fails for everybody on the list.

    Groups must all hold, and within a group one condition is enough. So one group has to say "is not in
    this list" and nothing beside it; naming several lists is not documented well enough to rely on.
    """
    for group in rows(mapping(condition).get("condition_groups")):
        conditions = rows(group.get("conditions"))
        if conditions and all(_is_outside(each, list_id) for each in conditions):
            return True
    return False


def _is_outside(condition: Item, list_id: str) -> bool:
    return (
        condition.get("type") == "profile-group-membership"
        and condition.get("is_member") is False
        and condition.get("group_ids") == [list_id]
    )


def _sends(part: Any) -> Iterator[Item]:
    """The messages of all actions that may send, also inside tests of variations. Drafts never send."""
    if isinstance(part, list):
        for each in part:
            yield from _sends(each)
    elif isinstance(part, dict):
        data = mapping(part.get("data"))
        if part.get("type") in SENDS:
            if data.get("status") != "draft":
                yield mapping(data.get("message"))
        else:
            for each in part.values():
                yield from _sends(each)


def _campaign(found: Item, list_id: str, channel: str) -> Sending:
    about = attributes(found)
    excluded = mapping(about.get("audiences")).get("excluded")
    has_it = isinstance(excluded, list) and list_id in excluded
    return Sending(
        kind="campaign",
        id=text(found.get("id"), 60),
        name=text(about.get("name")),
        status=text(about.get("status"), 40),
        excludes_list=has_it,
        why=f"{channel}: the list is {'among' if has_it else 'not among'} the excluded audiences",
        frozen_at=_frozen_at(about),
        is_running=about.get("status") in RUNNING,
    )


def _frozen_at(about: Item) -> datetime | None:
    """When it was scheduled. Whether the account fixes recipients then or at sending cannot be asked."""
    if about.get("status") == DRAFT:
        return None
    return instant(about.get("scheduled_at")) or instant(about.get("updated_at"))

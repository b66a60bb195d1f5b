"""Whether an event reaches anybody at Klaviyo: is there a flow, is it on, what does it send, and to whom not.

Any flow that the event starts will do, whoever made it. https://developers.klaviyo.com/en/reference/get_flow
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.errors import NeedsAttention, NotFound
from connectors.types import Finding, Mailing
from connectors.values import mapping, text
from connectors.vendors.klaviyo.api import Item, attributes, item, needing, segment
from connectors.vendors.klaviyo.meanings import Metric
from connectors.vendors.klaviyo.sendings import SENDS, excludes
from connectors.vendors.klaviyo.triggers import LIVE, Triggers

OWN = "API"  # the integration of events that are sent over the API
OFF = {"draft": "is a draft", "manual": "waits for somebody to send by hand (manual)"}
WORDS = {"email": "e-mail", "sms": "text message"}


class Findings(Triggers):
    def metric(self, name: str) -> Metric | None:
        """An integration may have one of the same name: those that come over the API go first."""
        found = [each for each in self.metrics() if each.name == name]
        return next((each for each in found if each.integration == OWN), next(iter(found), None))

    def mailing_findings(self, mailing: Mailing, hold_list: str) -> list[Finding]:
        metric = self.metric(mailing.metric)
        if metric is None:
            told = f"Klaviyo has never seen “{mailing.metric}”, so nothing can start from it"
            return [Finding(what="Event", is_done=False, told=told, ours=True)]
        seen = Finding(what="Event", is_done=True, told=f"Klaviyo knows “{mailing.metric}”")
        flow = flow_for(self.flows_of(metric.id), mailing)
        if flow is None:
            return [seen, Finding(what="Flow", is_done=False, told="No flow starts from it", ours=True)]
        about = self._whole(flow)
        found = [seen, _status(about, mailing), _message(about, mailing)]
        if hold_list:
            found.append(_hold(about, hold_list))
        return [*found, *self._template(about, mailing)]

    def _whole(self, flow: Item) -> Item:
        """Read anew: whoever presses the button has just changed something there."""
        path = f"/api/flows/{segment(text(flow.get('id'), 60))}"
        with needing("flows:read"):
            return attributes(item(self.client.get(path, params={"additional-fields[flow]": "definition"})))

    def _template(self, about: Item, mailing: Mailing) -> Iterator[Finding]:
        """An e-mail without one cannot be sent. A message of a flow has a copy of its own."""
        messages = [each for each in _messages(about, mailing.channel) if each.get("id")]
        if mailing.channel != "email" or not messages:
            return
        path = f"/api/flow-messages/{segment(text(messages[0].get('id'), 60))}/template"
        try:
            with needing("templates:read"):
                self.client.get(path)
        except NotFound:
            to_do = "Open the e-mail in the flow and choose or write its content."
            yield Finding(what="Template", is_done=False, told="The e-mail has no template", to_do=to_do)
        except NeedsAttention as error:
            if error.code != "scope_missing":
                raise
            yield Finding(what="Template", is_done=True, told=f"Cannot be seen. {error.sentence}")
        else:
            yield Finding(what="Template", is_done=True, told="The e-mail has its template")


def flow_for(flows: Sequence[Item], mailing: Mailing) -> Item | None:
    """Of those that the event starts: one that is on, else ours, else any."""
    ranked = sorted(
        flows, key=lambda flow: (not _is_live(flow), not _is_ours(flow, mailing), str(flow.get("id")))
    )
    return next(iter(ranked), None)


def _is_live(flow: Item) -> bool:
    return attributes(flow).get("status") == LIVE


def _is_ours(flow: Item, mailing: Mailing) -> bool:
    return attributes(flow).get("name") == mailing.name


def _status(about: Item, mailing: Mailing) -> Finding:
    name, status = text(about.get("name")), text(about.get("status"), 40)
    if status == LIVE:
        return Finding(what="Flow", is_done=True, told=f"“{name}” is live")
    if mailing.channel == "sms":
        what = "see that a number to send from is set up (only people who agreed to text messages get any)"
    else:
        what = "read its e-mail and choose the sender"
    to_do = f"In Klaviyo open Flows, then “{name}”: {what}, and turn the flow on (Live)."
    return Finding(what="Flow", is_done=False, told=f"“{name}” {OFF.get(status, 'is not live')}", to_do=to_do)


def _message(about: Item, mailing: Mailing) -> Finding:
    word = WORDS.get(mailing.channel, mailing.channel)
    ours = list(_messages(about, mailing.channel))
    is_off = about.get("status") == LIVE and all(each.get("status") == "draft" for each in ours)
    if not ours:
        told, to_do = f"The flow sends no {word}", f"Add one to the flow: the event is meant for a {word}."
    elif is_off:
        told, to_do = f"The {word} in the flow is a draft", "Turn the message on (Live), not the flow alone."
    else:
        return Finding(what="Message", is_done=True, told=f"The flow has its {word}")
    return Finding(what="Message", is_done=False, told=told, to_do=to_do)


def _hold(about: Item, hold_list: str) -> Finding:
    definition = mapping(about.get("definition"))
    filters = [each.get("additional_filters") for each in _messages(about)]
    is_out = excludes(definition.get("profile_filter"), hold_list) or (
        bool(filters) and all(excludes(each, hold_list) for each in filters)
    )
    if is_out:
        return Finding(what="Hold list", is_done=True, told="The flow leaves out the hold list")
    to_do = "Open the flow's profile filters and add: person is not in the hold list."
    return Finding(
        what="Hold list",
        is_done=False,
        told="The flow also writes to held people",
        to_do=to_do,
        is_vital=False,
    )


def _messages(about: Item, channel: str = "") -> Iterator[Item]:
    """Each message with the status of its action, those in tests of variations too."""
    yield from _inside(mapping(about.get("definition")).get("actions"), f"send-{channel}" if channel else "")


def _inside(part: Any, kind: str) -> Iterator[Item]:
    if isinstance(part, list):
        for each in part:
            yield from _inside(each, kind)
    elif isinstance(part, dict) and part.get("type") in SENDS:
        if part["type"] == kind or not kind:
            data = mapping(part.get("data"))
            yield {**mapping(data.get("message")), "status": data.get("status")}
    elif isinstance(part, dict):
        for each in part.values():
            yield from _inside(each, kind)

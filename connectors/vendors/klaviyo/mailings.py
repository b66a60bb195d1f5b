"""What a rule needs at Klaviyo: the event, a template, a draft flow that the event starts, and segments.

A flow's trigger and profile filter cannot be changed over the API once it is made, and nothing is made twice:
each step looks first. Making a flow does not send: its message stays a draft until people turn it on.
https://developers.klaviyo.com/en/reference/create_flow
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.errors import Refused, TryLater
from connectors.types import Finding, Mailing, Piece, Segment, SetUp
from connectors.values import mapping, text
from connectors.vendors.klaviyo import letters
from connectors.vendors.klaviyo.api import Item, attributes, equals, everything, item, items, needing
from connectors.vendors.klaviyo.findings import Findings, flow_for

EVENT, TEMPLATE, FLOW, SEGMENT = "event", "template", "flow", "segment"
SEEN_AFTER = 10.0  # seconds until an event that was taken may be seen
NOBODY = "orchestrator-setup"  # the profile that first events are about: it has no address to write to
TEMPLATES, SEGMENTS = 10, 10  # the most on a page


class Mailings(Findings):
    def set_up_steps(self, thing: SetUp) -> tuple[str, ...]:
        if isinstance(thing, Segment):
            return (SEGMENT,)
        return (EVENT, TEMPLATE, FLOW) if thing.channel == "email" else (EVENT, FLOW)

    def set_up(self, step: str, thing: SetUp, known: Mapping[str, str], hold_list: str) -> Piece:
        if isinstance(thing, Segment):
            return self._set_up_segment(thing)
        if step == EVENT:
            return self._set_up_event(thing)
        flow = flow_for(self.flows_of(known[EVENT]), thing)
        if flow is not None:
            name = text(attributes(flow).get("name"))
            return Piece(step=step, id=text(flow.get("id"), 60) if step == FLOW else "", name=name)
        if step == TEMPLATE:
            return self._set_up_template(thing)
        return self._set_up_flow(thing, known, hold_list)

    def set_up_findings(self, thing: SetUp, hold_list: str) -> list[Finding]:
        if isinstance(thing, Segment):
            is_there = self._named("segments", thing.name, SEGMENTS) is not None
            told = f"“{thing.name}” is there" if is_there else f"There is no segment “{thing.name}”"
            return [Finding(what="Segment", is_done=is_there, told=told, ours=not is_there)]
        return self.mailing_findings(thing, hold_list)

    def _set_up_event(self, mailing: Mailing) -> Piece:
        """A metric comes to be with its first event. This one is history, so it starts no flow."""
        found = self.metric(mailing.metric)
        if found is None:
            self._introduce(mailing)
            found, is_new = self.metric(mailing.metric), True
        else:
            is_new = False
        if found is None:
            told = f"Klaviyo has taken the first event “{mailing.metric}” and does not show it yet."
            raise TryLater(told, code="not_seen_yet", after=SEEN_AFTER)
        return Piece(step=EVENT, id=found.id, name=found.name, is_new=is_new)

    def _introduce(self, mailing: Mailing) -> None:
        about = {
            "metric": {"data": {"type": "metric", "attributes": {"name": mailing.metric}}},
            "profile": {"data": {"type": "profile", "attributes": {"external_id": NOBODY}}},
            "unique_id": f"{NOBODY}:{mailing.metric}",
            "properties": dict(mailing.sample),
            "backfill": True,
        }
        with needing("events:write"):
            self.client.post("/api/events", json={"data": {"type": "event", "attributes": about}})

    def _set_up_template(self, mailing: Mailing) -> Piece:
        found = self._named("templates", mailing.name, TEMPLATES)
        if found is None:
            about = {
                "name": mailing.name,
                "editor_type": "CODE",
                "html": letters.html(mailing),
                "text": letters.plain(mailing),
            }
            return self._made(TEMPLATE, "template", about)
        return Piece(step=TEMPLATE, id=text(found.get("id"), 60), name=mailing.name)

    def _set_up_flow(self, mailing: Mailing, known: Mapping[str, str], hold_list: str) -> Piece:
        """Only where no flow starts from the event."""
        if self._named("flows", mailing.name, 50) is not None:
            told = (
                f"Klaviyo has a flow “{mailing.name}” that starts from something else. Rename or archive it."
            )
            raise Refused(told, code="name_taken")
        message = self._sender(letters_of(mailing, known)) if mailing.channel == "email" else _sms(mailing)
        return self._made(FLOW, "flow", _flow(mailing, known[EVENT], hold_list, message))

    def _sender(self, message: Item) -> Item:
        """The account's own, where it names one; people may choose another."""
        with needing("accounts:read"):
            found = items(self.client.get("/api/accounts"))
        contact = mapping(attributes(found[0]).get("contact_information")) if found else {}
        sender = text(contact.get("default_sender_email"), 254)
        named = {"from_email": sender, "from_label": text(contact.get("default_sender_name"))}
        return {**message, **named} if all(named.values()) else message

    def _set_up_segment(self, segment: Segment) -> Piece:
        found = self._named("segments", segment.name, SEGMENTS)
        if found is None:
            condition = {
                "type": "profile-property",
                "property": f"properties['{segment.property}']",
                "filter": _filter(segment.value),
            }
            groups = [{"conditions": [condition]}]
            about = {"name": segment.name, "definition": {"condition_groups": groups}}
            return self._made(SEGMENT, "segment", about)
        return Piece(step=SEGMENT, id=text(found.get("id"), 60), name=segment.name)

    def _made(self, step: str, kind: str, about: Item) -> Piece:
        with needing(f"{kind}s:write"):
            made = item(self.client.post(f"/api/{kind}s", json={"data": {"type": kind, "attributes": about}}))
        return Piece(step=step, id=text(made.get("id"), 60), name=str(about["name"]), is_new=True)

    def _named(self, kind: str, name: str, size: int) -> Item | None:
        """The one of exactly this name that is not in the archive."""
        asked = {"filter": equals("name", name), "page[size]": size}
        with needing(f"{kind}:read"):
            for each in everything(self.client, f"/api/{kind}", asked):
                about = attributes(each)
                if about.get("name") == name and not about.get("archived"):
                    return each
        return None


def letters_of(mailing: Mailing, known: Mapping[str, str]) -> Item:
    """Without smart sending: when somebody hears from us is decided here."""
    return {
        "name": mailing.metric,
        "subject_line": letters.subject(mailing),
        "preview_text": letters.preview(mailing),
        "template_id": known[TEMPLATE],
        "smart_sending_enabled": False,
    }


def _sms(mailing: Mailing) -> Item:
    return {"name": mailing.metric, "body": letters.sms(mailing), "smart_sending_enabled": False}


def _flow(mailing: Mailing, metric_id: str, hold_list: str, message: Item) -> Item:
    outside = {"type": "profile-group-membership", "is_member": False, "group_ids": [hold_list]}
    action = {
        "temporary_id": "message",
        "type": f"send-{mailing.channel}",
        "links": {"next": None},
        "data": {"status": "draft", "message": message},
    }
    definition: dict[str, Any] = {
        "triggers": [{"type": "metric", "id": metric_id}],
        "profile_filter": {"condition_groups": [{"conditions": [outside]}]},
        "entry_action_id": "message",
        "reentry_criteria": {"duration": 1, "unit": "hour"},
        "actions": [action],
    }
    return {"name": mailing.name, "definition": definition}


def _filter(value: bool | int | str) -> Item:
    if isinstance(value, bool):
        return {"type": "boolean", "operator": "equals", "value": value}
    if isinstance(value, int):
        return {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": value}
    return {"type": "string", "operator": "equals", "value": value}

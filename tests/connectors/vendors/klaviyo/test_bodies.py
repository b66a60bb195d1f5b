"""Every body we really send is one that the vendor's own client would have sent.

The models of klaviyo-api are made from the vendor's specification of the same revision. They ignore keys
they do not know, so a body has to come back whole from them.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest

from connectors.errors import NotFound
from connectors.roles import MarketingEvent
from connectors.types import Campaign, SetUp
from tests.connectors.accounts import FakeAccount
from tests.connectors.vendors.klaviyo.test_mailings import EMAIL, TEXT, VIPS

EMAILS = ("ana@shop.test", "ben@shop.test")
ID = r"[^/]+"
CAMPAIGN = Campaign(id="01J0CAMPAIGN", name="Sale", channel="email", status="Draft", stage="draft")
MODELS = {
    "POST /api/lists": "ListCreateQuery",
    f"POST /api/lists/{ID}/relationships/profiles": "ListMembersAddQuery",
    f"DELETE /api/lists/{ID}/relationships/profiles": "ListMembersDeleteQuery",
    "POST /api/profile-import": "ProfileUpsertQuery",
    "POST /api/profile-bulk-import-jobs": "ProfileImportJobCreateQuery",
    "POST /api/profile-suppression-bulk-create-jobs": "SuppressionCreateJobCreateQuery",
    "POST /api/profile-suppression-bulk-delete-jobs": "SuppressionDeleteJobCreateQuery",
    "POST /api/events": "EventCreateQueryV2",
    "POST /api/event-bulk-create-jobs": "EventsBulkCreateJob",
    "POST /api/tags": "TagCreateQuery",
    f"POST /api/tags/{ID}/relationships/lists": "TagListOp",
    f"DELETE /api/tags/{ID}/relationships/lists": "TagListOp",
    "POST /api/campaign-send-jobs": "CampaignSendJobCreateQuery",
    f"PATCH /api/campaign-send-jobs/{ID}": "CampaignSendJobPartialUpdateQuery",
    f"PATCH /api/campaigns/{ID}": "CampaignPartialUpdateQuery",
    f"PATCH /api/catalog-items/{ID}": "CatalogItemUpdateQuery",
    "POST /api/templates": "TemplateCreateHtmlOrDndQuery",
    "POST /api/flows": "FlowCreateQuery",
    "POST /api/segments": "SegmentCreateQuery",
}


def event(number: int, **more: Any) -> MarketingEvent:
    return MarketingEvent(
        metric="Ops Ticket Opened",
        email=EMAILS[number % 2] if number < 5 else "",
        phone="" if number < 5 else "+15005550006",
        key=f"store:1:ticket:{number}:opened",
        at=datetime(2026, 11, 22, 10, 0, number, 250_000, UTC),
        properties={"ticket_id": str(number), "tags": ["vip"], "nested": {"a": None, "b": 1.5}},
        **more,
    )


def unless_missing(call: Callable[..., None], *arguments: Any) -> None:
    """Only what is sent counts here."""
    with suppress(NotFound):
        call(*arguments)


def set_up(vendor: Any, thing: SetUp, hold: str) -> None:
    known: dict[str, str] = {}
    for step in vendor.set_up_steps(thing):
        known[step] = vendor.set_up(step, thing, known, hold).id


def untagged(vendor: Any, hold: str) -> None:
    vendor.tag("ops:held", "list", [hold])
    vendor.untag("ops:held", "list", [hold])


CALLS: dict[str, Callable[[Any, str, list[str]], Any]] = {
    "create_list": lambda vendor, hold, ids: vendor.create_list("Another"),
    "add_to_list": lambda vendor, hold, ids: vendor.add_to_list(hold, ids),
    "remove_from_list": lambda vendor, hold, ids: vendor.remove_from_list(hold, ids),
    "set_property": lambda vendor, hold, ids: vendor.set_properties(
        {EMAILS[0]: {"vip": "gold", "old": None}}
    ),
    "set_properties": lambda vendor, hold, ids: vendor.set_properties(
        {each: {"vip": True} for each in EMAILS}
    ),
    "suppress": lambda vendor, hold, ids: vendor.suppress(EMAILS),
    "unsuppress": lambda vendor, hold, ids: vendor.unsuppress(EMAILS),
    "send_event": lambda vendor, hold, ids: vendor.send_event(event(1, value=214.5, currency="USD")),
    "send_plain_event": lambda vendor, hold, ids: vendor.send_event(event(2)),
    "send_events": lambda vendor, hold, ids: vendor.send_events([event(3), event(4), event(5, value=2.0)]),
    "tag": lambda vendor, hold, ids: vendor.tag("product:SKU-1", "list", [hold]),
    "untag": lambda vendor, hold, ids: untagged(vendor, hold),
    "schedule": lambda vendor, hold, ids: unless_missing(vendor.schedule_campaign, "01J0CAMPAIGN"),
    "reschedule": lambda vendor, hold, ids: unless_missing(
        vendor.reschedule_campaign, CAMPAIGN, datetime(2026, 12, 1, 9, tzinfo=UTC)
    ),
    "revert": lambda vendor, hold, ids: unless_missing(vendor.revert_campaign, "01J0CAMPAIGN"),
    "set_up_email": lambda vendor, hold, ids: set_up(vendor, EMAIL, hold),
    "set_up_text": lambda vendor, hold, ids: set_up(vendor, TEXT, hold),
    "set_up_segment": lambda vendor, hold, ids: set_up(vendor, VIPS, hold),
    "hide": lambda vendor, hold, ids: unless_missing(vendor.show_item, "7", False),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_body_comes_back_whole_from_the_vendors_own_model(name, klaviyo):
    hold = klaviyo.seed(lists=[{"name": "Hold"}])["lists"][0]
    ids = klaviyo.seed(profiles=[{"email": each} for each in EMAILS])["profiles"]

    CALLS[name](klaviyo.open(), hold, ids)

    sent = bodies(klaviyo)
    assert sent
    for place, body in sent:
        assert contains(through_model(place, body), body)


def test_every_body_has_a_call_that_shows_it(klaviyo):
    klaviyo.control("POST", "limits", {"on": False})
    hold = klaviyo.seed(lists=[{"name": "Hold"}])["lists"][0]
    ids = klaviyo.seed(profiles=[{"email": each} for each in EMAILS])["profiles"]
    vendor = klaviyo.open()
    for call in CALLS.values():
        call(vendor, hold, ids)

    shown = {model_of(place) for place, _ in bodies(klaviyo)}

    assert shown == set(MODELS.values())


def test_the_check_itself_notices_a_key_that_the_vendor_does_not_know():
    wrong = {"data": {"type": "list", "attributes": {"name": "Hold", "opt_in": "single_opt_in"}}}

    assert not contains(through_model("POST /api/lists", wrong), wrong)


def bodies(account: FakeAccount) -> list[tuple[str, Any]]:
    asked = [each for each in account.requests() if each["body"]]
    return [
        (f"{each['method']} {each['path'].partition('?')[0]}", json.loads(each["body"])) for each in asked
    ]


def model_of(place: str) -> str:
    return next(model for pattern, model in MODELS.items() if re.fullmatch(pattern, place))


def through_model(place: str, body: Any) -> Any:
    name = model_of(place)
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    model = getattr(importlib.import_module(f"openapi_client.models.{module}"), name)
    whole = plain(model.from_dict(without_criteria(body) if name == "FlowCreateQuery" else body).to_dict())
    if name == "FlowCreateQuery":
        definition = whole["data"]["attributes"]["definition"]
        definition["reentry_criteria"] = body["data"]["attributes"]["definition"]["reentry_criteria"]
    return whole


def without_criteria(body: Any) -> Any:
    """The model takes no plain unit here, which is all that the specification has."""
    copied = deepcopy(body)
    del copied["data"]["attributes"]["definition"]["reentry_criteria"]
    return copied


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value


def contains(whole: Any, part: Any) -> bool:
    """Whether everything of ``part`` is in ``whole``; models add defaults and drop nulls."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            inner is None or contains(whole.get(name), inner) for name, inner in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(contains, whole, part))
    return bool(whole == part)

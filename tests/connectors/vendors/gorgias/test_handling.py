"""What we do to tickets in Gorgias, looked at from the helpdesk's side."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import NotFound, Refused, TryLater
from connectors.types import Account
from connectors.vendors.gorgias.rules import ActiveRule
from tests.connectors.accounts import FakeAccount


@pytest.fixture
def number(gorgias: FakeAccount) -> str:
    return str(gorgias.do("ticket_open", email="ana@shop.test", tags=["first"])["id"])


def ticket(account: FakeAccount, number: str) -> dict[str, Any]:
    return next(each for each in account.state()["tickets"] if str(each["id"]) == number)


def tags(account: FakeAccount, number: str) -> set[str]:
    return {each["name"] for each in ticket(account, number)["tags"]}


@pytest.mark.parametrize("tag", ["vip", "first", "VIP", "a" * 256, "früh & spät"])
def test_a_tag_is_added_to_those_there_are(gorgias, number, tag):
    vendor = gorgias.open()

    vendor.tag_ticket(number, tag)
    vendor.tag_ticket(number, tag)

    assert tags(gorgias, number) == {"first", tag}


def test_a_known_tag_costs_one_call_for_each_further_ticket(gorgias, number):
    vendor = gorgias.open()
    vendor.tag_ticket(number, "vip")
    before = len(gorgias.requests())

    vendor.tag_ticket(number, "vip")

    assert len(gorgias.requests()) == before + 1


@pytest.mark.parametrize(
    ("act", "arguments"),
    [("tag_ticket", ["vip"]), ("assign_team", ["Returns"]), ("add_note", ["Marketing is held.", "key"])],
)
def test_a_backlog_with_room_for_one_call_at_a_time_gets_on(gorgias, number, act, arguments):
    gorgias.seed(teams=[{"id": 42, "name": "Returns"}])
    getattr(gorgias.open(), act)(number, *arguments)
    before = len(gorgias.requests())

    getattr(gorgias.open(), act)(number, *arguments)

    assert len(gorgias.requests()) == before + 1


def test_a_tag_that_somebody_deletes_meanwhile_is_made_again(gorgias, number):
    gorgias.open().tag_ticket(number, "vip")
    (tag,) = (each["id"] for each in ticket(gorgias, number)["tags"] if each["name"] == "vip")
    gorgias.open().client.delete(f"/api/tags/{tag}")

    gorgias.open().tag_ticket(number, "vip")

    assert "vip" in tags(gorgias, number)


def test_a_tag_that_somebody_else_makes_meanwhile_is_no_failure(gorgias, number):
    gorgias.fault("/api/tags$", "status", status=409, method="POST")
    vendor = gorgias.open()
    with pytest.raises(Refused):
        vendor.tag_ticket(number, "vip")  # the fake said so, but there is none: the ticket refuses it

    gorgias.do("ticket_tag", id=int(number), tag="vip")
    vendor.tag_ticket(number, "vip")

    assert "vip" in tags(gorgias, number)


def test_a_tag_is_taken_off_and_the_others_stay(gorgias, number):
    vendor = gorgias.open()
    vendor.tag_ticket(number, "vip")

    vendor.untag_ticket(number, "vip")
    vendor.untag_ticket(number, "vip")
    vendor.untag_ticket(number, "nobody has this")

    assert tags(gorgias, number) == {"first"}


def field_of(account: FakeAccount, number: str) -> dict[str, Any]:
    """Label → value, of the ticket's customer."""
    state = account.state()
    customer = ticket(account, number)["customer"]["id"]
    labels = {each["id"]: each["label"] for each in state["custom_fields"]}
    row = next(each for each in state["customers"] if each["id"] == customer)
    return {labels[int(id_)]: each["value"] for id_, each in row["custom_fields"].items()}


def test_a_customer_field_is_made_once_filled_and_emptied(gorgias, number):
    customer = str(ticket(gorgias, number)["customer"]["id"])

    gorgias.open().set_customer_field(customer, "VIP", "yes")
    again = gorgias.open()
    again.set_customer_field(customer, "vip", "yes")
    filled = field_of(gorgias, number)
    again.set_customer_field(customer, "vip", "")

    assert filled == {"VIP": "yes"}
    assert field_of(gorgias, number) == {}
    assert len(gorgias.state()["custom_fields"]) == 1


def test_a_customer_field_that_holds_no_text_is_refused(gorgias, number):
    customer = str(ticket(gorgias, number)["customer"]["id"])
    number_ = {"data_type": "number", "input_settings": {"input_type": "input_number"}}
    body = {"object_type": "Customer", "label": "VIP", "definition": number_}
    vendor = gorgias.open()
    vendor.client.post("/api/custom-fields", json=body)

    with pytest.raises(Refused, match="does not hold text"):
        vendor.set_customer_field(customer, "VIP", "yes")
    with pytest.raises(Refused, match="no customer number"):
        vendor.set_customer_field("../users", "Tier", "yes")


@pytest.mark.parametrize("priority", ["critical", "high", "normal", "low"])
def test_a_priority_is_set_and_nothing_else_changes(gorgias, number, priority):
    gorgias.open().set_priority(number, priority)

    assert ticket(gorgias, number)["priority"] == priority
    assert tags(gorgias, number) == {"first"}


def test_an_unknown_priority_is_refused_before_the_call(gorgias, number):
    with pytest.raises(Refused, match="Choose one of: critical, high, normal, low"):
        gorgias.open().set_priority(number, "urgent")

    assert gorgias.requests() == []


@pytest.mark.parametrize("wanted", ["Returns", "returns", "42"])
def test_a_team_is_found_by_name_or_id(gorgias, number, wanted):
    gorgias.seed(teams=[{"id": 41, "name": "VIP"}, {"id": 42, "name": "Returns"}])

    gorgias.open().assign_team(number, wanted)

    assert ticket(gorgias, number)["assignee_team"] == {"id": 42, "name": "Returns"}


def test_an_unknown_team_is_refused_and_the_known_ones_are_named(gorgias, number):
    gorgias.seed(teams=[{"name": "VIP"}, {"name": "Returns"}])

    with pytest.raises(Refused, match=r"Returns, VIP|VIP, Returns"):
        gorgias.open().assign_team(number, "Nobody")


def test_a_note_is_for_agents_only_and_is_found_again_by_its_key(gorgias, number):
    vendor = gorgias.open()
    assert not vendor.has_note(number, "store:1:note")

    vendor.add_note(number, "Marketing is held.", "store:1:note")

    note = ticket(gorgias, number)["messages"][-1]
    assert (note["channel"], note["public"], note["from_agent"]) == ("internal-note", False, True)
    assert (note["body_text"], note["sender"]["email"]) == (
        "Marketing is held.",
        gorgias.credentials["email"],
    )
    assert gorgias.open().has_note(number, "store:1:note")
    assert not gorgias.open().has_note(number, "store:1:other")


def test_a_note_is_found_behind_many_messages(gorgias, number):
    gorgias.control("POST", "limits", {"on": False})
    gorgias.open().add_note(number, "First.", "store:1:note")
    for _ in range(120):
        gorgias.do("ticket_reply", id=int(number))

    assert gorgias.open().has_note(number, "store:1:note")


def test_a_note_whose_answer_got_lost_has_landed_all_the_same(gorgias, number):
    gorgias.fault("/messages", "reset", when="after", method="POST")
    vendor = gorgias.open()

    with pytest.raises(TryLater) as caught:
        vendor.add_note(number, "Marketing is held.", "store:1:note")

    assert caught.value.in_doubt
    assert vendor.has_note(number, "store:1:note")


@pytest.mark.parametrize("act", ["tag_ticket", "set_priority"])
def test_a_ticket_that_is_gone_is_said_to_be(gorgias, act):
    with pytest.raises(NotFound):
        getattr(gorgias.open(), act)("999", "high")


@pytest.mark.parametrize("number", ["../account", "5?x=1", "", "٣"])
def test_nothing_but_a_number_becomes_part_of_an_address(gorgias, number):
    with pytest.raises(Refused):
        gorgias.open().set_priority(number, "high")
    assert gorgias.requests() == []


def test_the_account_says_who_it_is(gorgias):
    assert gorgias.open().account() == Account(
        name=gorgias.name, timezone="UTC", account_id=gorgias.credentials["subdomain"]
    )


def test_active_rules_are_listed_with_what_they_do(gorgias):
    acts = "Action('addTags', { tags: 'x' }); Action('setStatus', {status: 'closed'});"
    code = f"if (eq(ticket.channel, 'email')) {{ {acts} }}"
    gorgias.seed(
        rules=[
            {"id": 1, "name": "Tag", "code": code, "event_types": "ticket-created, ticket-updated"},
            {"id": 2, "name": "Off", "code": code, "deactivated_datetime": "2026-11-01T00:00:00"},
        ]
    )

    assert gorgias.open().rules() == [
        ActiveRule(
            id="1",
            name="Tag",
            event_types=("ticket-created", "ticket-updated"),
            actions=("addTags", "setStatus"),
        )
    ]

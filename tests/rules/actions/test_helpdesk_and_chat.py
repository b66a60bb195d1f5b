"""What is asked of a helpdesk and of a chat."""

from __future__ import annotations

import pytest

from rules.actions.alert import Alert
from rules.actions.assign_team import AssignTeam
from rules.actions.base import Accepted, Done, Needless
from rules.actions.internal_note import InternalNote
from rules.actions.reply import Reply
from rules.actions.set_customer_field import SetCustomerField
from rules.actions.set_priority import SetPriority
from rules.actions.tag_ticket import TagTicket
from rules.actions.untag_ticket import UntagTicket
from tests.rules.actions.platforms import Office


@pytest.mark.parametrize(
    ("action", "call"),
    [
        (TagTicket(ticket_id="5", tag="vip"), ("tag", "5", "vip")),
        (UntagTicket(ticket_id="5", tag="vip"), ("untag", "5", "vip")),
        (SetCustomerField(customer_id="8", name="VIP", value="yes"), ("field", "8", "VIP", "yes")),
        (SetPriority(ticket_id="5", priority="high"), ("priority", "5", "high")),
        (AssignTeam(ticket_id="5", team="Returns"), ("team", "5", "Returns")),
        (InternalNote(ticket_id="5", text="VIP"), ("note", "5", "VIP", "key-1")),
        (Alert(text="a < b & c"), ("post", "a < b & c", "key-1")),
    ],
)
def test_one_call_says_what_the_action_says(action, call):
    office = Office()

    results = type(action).perform_many(office, [(action, "key-1")])

    assert results == [Done()]
    assert office.calls == [call]


def test_a_note_is_found_again_by_its_key():
    office = Office()
    note = InternalNote(ticket_id="5", text="VIP")

    note.perform(office, "key-1")

    assert note.has_landed(office, "key-1")
    assert not note.has_landed(office, "key-2")
    assert not InternalNote(ticket_id="6", text="VIP").has_landed(office, "key-1")


def test_a_reply_is_taken_and_confirmed_later_and_the_second_is_needless():
    office, reply = Office(), Reply(ticket_id="5", text="Thank you.")

    first, second = Reply.perform_many(office, [(reply, "key-1"), (reply, "key-2")])

    assert (first, second) == (Accepted("5/messages/1"), Needless("answered_already"))
    assert Reply.is_settled(office, "5/messages/1")
    assert reply.has_landed(office, "key-1")
    assert not reply.has_landed(office, "key-2")

"""The first answer to a customer: to nobody twice, to no robot, and seen to leave."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import robots
from connectors.errors import Refused, TryLater
from tests.connectors.accounts import FakeAccount
from tests.processes import until

THANKS = "Thank you.\nYour label: https://shop.test/label.pdf?a=1&b=2"


def opened(account: FakeAccount, **fields: Any) -> str:
    return str(account.do("ticket_open", **{"email": "ana@shop.test", "subject": "A return", **fields})["id"])


def answers(account: FakeAccount, number: str) -> list[dict[str, Any]]:
    (ticket,) = (each for each in account.state()["tickets"] if str(each["id"]) == number)
    return [each for each in ticket["messages"] if each["from_agent"] and each["public"]]


def test_it_goes_from_the_address_the_customer_wrote_to(gorgias):
    gorgias.seed(integrations=[{"type": "email", "name": "Care", "meta": {"address": "care@shop.test"}}])
    number, vendor = opened(gorgias), gorgias.open()

    replied = vendor.reply(number, THANKS, "store:1:ack")

    (sent,) = answers(gorgias, number)
    assert replied.receipt == f"{number}/messages/{sent['id']}"
    assert vendor.has_reply(number, "store:1:ack")
    assert not vendor.has_reply(number, "store:2:ack")
    assert (sent["source"]["from"]["address"], sent["source"]["to"]) == (
        "care@shop.test",
        [{"address": "ana@shop.test"}],
    )
    assert sent["receiver"]["email"] == "ana@shop.test"
    assert (sent["subject"], sent["body_text"]) == ("A return", THANKS)
    assert sent["body_html"] == ("<p>Thank you.<br>Your label: https://shop.test/label.pdf?a=1&amp;b=2</p>")


@pytest.mark.parametrize(
    ("fields", "reply", "why_not"),
    [
        ({}, {"from_agent": True}, "answered_already"),
        ({}, {"from_agent": True, "via": "rule"}, "answered_already"),
        ({}, {"intents": ["other/no_reply"]}, "sender_automatic"),
        ({"email": "No-Reply@carrier.test"}, {}, "sender_automatic"),
        ({"subject": "Automatic reply: a return"}, {}, "sender_automatic"),
        ({"channel": "chat"}, {}, "not_by_email"),
        ({"from_agent": True}, {"from_agent": True}, "ticket_outbound"),
    ],
)
def test_nobody_is_answered_who_needs_no_answer(gorgias, fields, reply, why_not):
    number = opened(gorgias, **fields)
    if reply:
        gorgias.do("ticket_reply", id=number, **reply)
    before = len(answers(gorgias, number))

    replied = gorgias.open().reply(number, THANKS, "store:1:ack")

    assert (replied.why_not, len(answers(gorgias, number))) == (why_not, before)


def test_an_internal_note_is_no_answer_and_a_second_reply_is_one_too_many(gorgias):
    number, vendor = opened(gorgias), gorgias.open()
    vendor.add_note(number, "About a return", "store:1:note")

    first, second = (vendor.reply(number, THANKS, f"store:{each}:ack") for each in (1, 2))

    assert (bool(first.receipt), second.why_not) == (True, "answered_already")
    assert len(answers(gorgias, number)) == 1


def test_whether_it_left_is_asked_later(gorgias):
    number, vendor = opened(gorgias), gorgias.open()

    receipt = vendor.reply(number, THANKS, "store:1:ack").receipt
    at_once = vendor.has_left(receipt)
    until(lambda: vendor.has_left(receipt))

    assert not at_once


def test_a_reply_that_cannot_be_sent_is_a_failure_without_the_address(gorgias):
    number, vendor = opened(gorgias, email="ana@nowhere.invalid"), gorgias.open()
    receipt = vendor.reply(number, THANKS, "store:1:ack").receipt

    with pytest.raises(Refused, match="could not send this reply") as refused:
        until(lambda: vendor.has_left(receipt))

    assert "ana" not in refused.value.sentence


def test_without_an_address_to_answer_from_a_person_is_asked(gorgias):
    source = {"type": "email", "from": {"address": "ana@shop.test"}, "to": []}
    message = {"channel": "email", "via": "email", "from_agent": False, "source": source, "body_text": "Hi"}
    number = opened(gorgias, messages=[message])

    with pytest.raises(Refused, match="Answer it by hand"):
        gorgias.open().reply(number, THANKS, "store:1:ack")


def test_a_call_that_broke_off_is_looked_at_anew(gorgias):
    number, vendor = opened(gorgias), gorgias.open()
    gorgias.fault(f"/api/tickets/{number}/messages$", "reset", when="after", times=1)
    with pytest.raises(TryLater):
        vendor.reply(number, THANKS, "store:1:ack")

    again = vendor.reply(number, THANKS, "store:1:ack")

    assert (again.why_not, len(answers(gorgias, number))) == ("answered_already", 1)


@pytest.mark.parametrize(
    ("address", "subject", "is_robot"),
    [
        ("noreply@shop.test", "", True),
        ("orders-no-reply@shop.test", "", True),
        ("do_not_reply@shop.test", "", True),
        ("MAILER-DAEMON@shop.test", "", True),
        ("bounce+123@shop.test", "", True),
        ("ana@noreply.test", "", False),
        ("replyana@shop.test", "", False),
        ("ana@shop.test", "Out of office: back on Monday", True),
        ("ana@shop.test", "Undeliverable: your order", True),
        ("ana@shop.test", "Re: automatic doors", False),
        ("ana@shop.test", "Return", False),
    ],
)
def test_robots_are_known_by_address_and_subject(address, subject, is_robot):
    assert robots.writes([address], subject) == is_robot

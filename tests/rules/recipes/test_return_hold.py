"""A return, or a ticket about one, holds marketing until it is over; the ticket is acknowledged once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from connectors.types import Person, ReturnSnapshot, Transition
from rules import engine, params
from rules.actions.attach_label import AttachLabel
from rules.actions.internal_note import InternalNote
from rules.actions.reply import Reply
from rules.decision import Answer, Decision, Hold, Message, No, Release
from rules.facts import Facts, ReturnFacts
from rules.recipes import return_hold
from tests.rules.examples import ANA, NOW, cause, change, facts, rule, ticket

PARCEL = "shopify:return:3"
LABEL = "https://shop.test/label.pdf"
OURS = "https://shop.test/ours.pdf"


def of_return(transition: Transition = Transition.RETURN_REQUESTED, **fields: Any) -> Facts:
    known = {"status": "requested", "source_at": NOW, "requested_at": NOW - timedelta(days=1), **fields}
    heard = change(transition, vendor="shopify", kind="return", object_id="3")
    return facts(change=heard, ticket=None, return_=ReturnFacts(id="3", **known))


def of_ticket(transition: Transition = Transition.TICKET_OPENED, **fields: Any) -> Facts:
    given = {"subject": "I want to return my boots", "tags": (), "intents": (), **fields}
    returns = given.pop("returns", ())
    return facts(change=change(transition), ticket=ticket(**given), open_returns=returns)


def parcel(number: int, label: str) -> ReturnSnapshot:
    return ReturnSnapshot(id=str(number), source_at=NOW + timedelta(minutes=number), label_url=label)


def decide(about: Facts, **values: Any) -> list[Answer]:
    (verdict,) = engine.decide([rule("return_hold", values)], about)
    return [*verdict.decisions, *verdict.noes]


def effects(answers: list[Answer]) -> list[Any]:
    return [answer.effect for answer in answers if isinstance(answer, Decision)]


def reasons(answers: list[Answer]) -> list[str]:
    return [answer.reason for answer in answers if isinstance(answer, No)]


def said(answers: list[Answer]) -> list[Any]:
    return [effect.action for effect in effects(answers) if isinstance(effect, Message)]


@pytest.mark.parametrize("transition", [Transition.RETURN_REQUESTED, Transition.RETURN_APPROVED])
def test_a_return_holds_until_it_is_over(transition):
    (hold,) = effects(decide(of_return(transition)))

    assert hold == Hold(
        subject=ANA,
        cause="return_hold",
        reference=PARCEL,
        method="hold_list",
        source_at=NOW,
        expires_at=NOW + timedelta(days=59),
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"is_over": True, "status": "closed"}, "return_over"),
        ({"requested_at": NOW - timedelta(days=60)}, "too_old"),
    ],
)
def test_a_return_that_is_heard_of_when_it_is_over_holds_nothing(fields, reason):
    assert reasons(decide(of_return(**fields))) == [reason]


def test_the_end_of_a_return_lets_go_at_once():
    about = of_return(Transition.RETURN_CLOSED, status="closed", is_over=True)
    held = {1: (cause(reference=PARCEL), cause(reference="gorgias:ticket:555"))}

    (release,) = effects(decide(facts(change=about.change, ticket=None, return_=about.return_, causes=held)))

    assert isinstance(release, Release)
    assert (release.reference, release.at, release.why) == (PARCEL, NOW, "return_over")


@pytest.mark.parametrize(
    ("fields", "values", "sign"),
    [
        ({}, {}, "subject"),
        ({"subject": "RETURNS?"}, {}, "subject"),
        ({"subject": "Boots", "tags": ("Return",)}, {}, "tag"),
        ({"subject": "Boots", "intents": ("return/request",)}, {"intents": ["return/request"]}, "intent"),
    ],
)
def test_a_ticket_about_a_return_holds_and_is_acknowledged(fields, values, sign):
    answers = decide(of_ticket(**fields), **values)

    hold, message = effects(answers)
    assert (hold.subject, hold.reference) == (ANA, "gorgias:ticket:555")
    assert message == Message(
        action=Reply(ticket_id="555", text=return_hold.THANKS),
        key="acknowledgement",
        subject=ANA,
        recheck=True,
        once="gorgias:ticket:555",
    )
    assert answers[0].seen["signs"] == [sign]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"subject": "Where are my boots?"}, "not_a_return"),
        ({"subject": "Returned mail: see transcript"}, "sender_automatic"),
        ({"subject": "Automatic reply: return"}, "sender_automatic"),
        ({"customer": Person(emails=("no-reply@shop.test",))}, "sender_automatic"),
        ({"intents": ("other/no_reply",)}, "sender_automatic"),
        ({"is_open": False}, "ticket_closed"),
        ({"is_spam": True}, "ticket_spam"),
        ({"is_gone": True}, "ticket_gone"),
        ({"is_outbound": True}, "ticket_outbound"),
    ],
)
def test_nothing_else_holds_and_robots_are_not_answered(fields, reason):
    answers = decide(of_ticket(**fields))

    assert reasons(answers) == [reason]
    assert effects(answers) == []


def test_a_ticket_that_turns_out_to_be_something_else_lets_go():
    about = of_ticket(Transition.TICKET_CHANGED, subject="Boots")
    held = facts(change=about.change, ticket=about.ticket, causes={1: (cause(),)})

    (release,) = effects(decide(held))

    assert release.why == "not_a_return"


@pytest.mark.parametrize(
    ("returns", "values", "label"),
    [
        ((), {}, ""),
        ((), {"label": OURS}, OURS),
        ((parcel(1, ""),), {"label": OURS}, OURS),
        ((parcel(1, "https://shop.test/old.pdf"), parcel(2, LABEL)), {"label": OURS}, LABEL),
    ],
)
def test_the_answer_links_the_label_that_there_is(returns, values, label):
    (reply,) = said(decide(of_ticket(returns=returns), **values))

    assert reply.text.removeprefix(return_hold.THANKS).strip() == (
        f"Your return label: {label}" if label else ""
    )


def test_where_customers_do_not_write_mail_agents_are_told_instead():
    (note,) = said(decide(of_ticket(channel="chat")))

    assert isinstance(note, InternalNote)
    assert note.text.startswith(return_hold.FOR_AGENTS)


def test_an_old_ticket_is_not_acknowledged_any_more():
    answers = decide(of_ticket(created_at=NOW - timedelta(hours=25)))

    assert (len(effects(answers)), reasons(answers)) == (1, ["too_late"])


def test_the_text_may_name_what_is_known_and_nothing_else():
    (reply,) = said(decide(of_ticket(), text="Dear {customer.name}, thanks."))
    unknown = decide(of_ticket(), text="From {customer.region}.")

    assert reply.text == "Dear Ana, thanks."
    assert [each for each in unknown if isinstance(each, No)] == [
        No(reason="placeholder_unreadable", seen={"field": "customer.region"}, is_unreadable=True)
    ]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"status": "approved"}, [AttachLabel(return_id="3", url=OURS)]),
        ({"status": "approved", "label_url": LABEL}, []),
        ({"status": "requested"}, []),
        ({"status": "closed", "is_over": True}, []),
    ],
)
def test_an_approved_return_without_a_label_gets_ours(fields, found):
    assert said(decide(of_return(Transition.RETURN_APPROVED, **fields), label=OURS)) == found


@pytest.mark.parametrize("about", [of_return(), of_ticket()])
def test_what_is_not_known_is_no_plain_no(about):
    (answer,) = decide(facts(change=about.change, ticket=None, return_=None))

    assert isinstance(answer, No)
    assert answer.is_unreadable


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"label": "http://shop.test/l.pdf"}, "begins with https"),
        ({"label": "label.pdf"}, "begins with https"),
        ({"text": "{customer.shoe}"}, "stands for nothing"),
        ({"text": ""}, "missing or empty"),
    ],
)
def test_wrong_settings_are_refused_with_a_sentence(values, sentence):
    with pytest.raises(ValidationError, match=sentence):
        params.clean(rule("return_hold").recipe, values)


def test_without_signs_tickets_concern_it_not():
    assert rule("return_hold", {"subject_words": [], "tags": []}).hears == return_hold.OF_RETURNS


def test_it_reads_as_plain_sentences():
    full = rule("return_hold", {"label": OURS, "subject_words": ["return"], "method": "global"})
    bare = rule("return_hold", {"subject_words": [], "tags": []})

    assert return_hold.sentence(full.params) == (
        "While a return, or a ticket that has “return” in its subject or is tagged “return”, is under way, "
        "suppress all e-mail of the marketing account to the customer, but not SMS, for at most 60 days. "
        "Acknowledge such a ticket once, unless somebody has answered. Attach your label to a return that is "
        "approved and has none."
    )
    assert return_hold.sentence(bare.params) == (
        "While a return is under way, hold the customer's marketing for at most 60 days."
    )

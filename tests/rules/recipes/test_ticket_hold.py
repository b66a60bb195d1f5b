"""A ticket that waits holds its customer's marketing; nothing else about it does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.types import Person, Transition
from rules import params
from rules.decision import Answer, Decision, Hold, No, Release
from rules.facts import Facts
from rules.recipes import ticket_hold
from tests.rules.examples import ANA, NOW, cause, facts, rule, ticket

BO = "bo@shop.test"


def decide(known: Facts, **values: Any) -> list[Answer]:
    return list(ticket_hold.decide(known, params.clean(rule("ticket_hold").recipe, values)))


def effects(answers: list[Answer]) -> list[Any]:
    return [answer.effect for answer in answers if isinstance(answer, Decision)]


def test_it_hears_tickets():
    assert rule("ticket_hold").hears == {
        Transition.TICKET_OPENED,
        Transition.TICKET_CHANGED,
        Transition.TICKET_CLOSED,
    }


def test_an_open_ticket_holds_every_address_of_its_customer():
    known = facts(ticket=ticket(customer=Person(emails=(ANA, BO))))

    answers = decide(known)

    assert effects(answers) == [
        Hold(
            subject=email,
            cause="ticket_hold",
            reference="gorgias:ticket:555",
            method="hold_list",
            source_at=NOW,
            expires_at=NOW - timedelta(hours=1) + timedelta(days=30),
        )
        for email in (ANA, BO)
    ]


def test_a_snoozed_ticket_holds_too():
    known = facts(ticket=ticket(snoozed_until=NOW + timedelta(days=1)))

    assert [type(effect) for effect in effects(decide(known))] == [Hold]


@pytest.mark.parametrize(
    ("fields", "values", "reason"),
    [
        ({"is_open": False}, {}, "ticket_closed"),
        ({"is_spam": True}, {}, "ticket_spam"),
        ({"is_gone": True}, {}, "ticket_gone"),
        ({"is_outbound": True}, {}, "ticket_outbound"),
        ({"is_open": False, "is_spam": True}, {}, "ticket_spam"),
        ({"channel": "chat"}, {"channels": ["email", "sms"]}, "channel_not_listed"),
        ({"tags": ()}, {"tags": ["vip"]}, "tag_not_listed"),
        ({"intents": ("refund/request",)}, {"intents": ["return/request"]}, "intent_not_listed"),
        ({"customer": Person(phone="+1555")}, {}, "no_email"),
        ({"created_at": NOW - timedelta(days=30)}, {}, "too_old"),
        ({"created_at": NOW - timedelta(days=2)}, {"max_age_days": 2}, "too_old"),
    ],
)
def test_what_does_not_wait_or_is_not_meant_gets_a_no_with_its_reason(fields, values, reason):
    (answer,) = decide(facts(ticket=ticket(**fields)), **values)

    assert isinstance(answer, No)
    assert answer.reason == reason
    assert answer.seen["channel"] == fields.get("channel", "email")


@pytest.mark.parametrize(
    "values", [{"channels": ["EMAIL"]}, {"tags": ["vip", "shipping"]}, {"intents": ["Shipping/Status"]}]
)
def test_filters_do_not_tell_upper_from_lower_case(values):
    assert [type(effect) for effect in effects(decide(facts(), **values))] == [Hold]


def test_a_customer_who_writes_again_makes_an_old_ticket_young():
    waiting = ticket(created_at=NOW - timedelta(days=90), customer_wrote_at=NOW - timedelta(days=1))

    (hold,) = effects(decide(facts(ticket=waiting)))

    assert hold.expires_at == NOW + timedelta(days=29)


def test_a_ticket_that_is_not_known_is_unreadable():
    (answer,) = decide(facts(ticket=None))

    assert answer == No(reason="ticket_unknown", is_unreadable=True)


def released(ticket_fields: dict[str, Any], **values: Any) -> list[tuple[str, datetime]]:
    known = facts(now=NOW + timedelta(minutes=5), ticket=ticket(**ticket_fields), own_causes=(cause(),))
    found = effects(decide(known, **values))
    assert all(isinstance(effect, Release) and effect.subject == ANA for effect in found)
    return [(effect.why, effect.at) for effect in found]


def test_a_closed_ticket_releases_after_the_grace():
    assert released({"is_open": False}) == [("ticket_closed", NOW)]
    assert released({"is_open": False}, grace_minutes=90) == [("ticket_closed", NOW + timedelta(minutes=90))]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"is_spam": True}, "ticket_spam"),
        ({"is_gone": True}, "ticket_gone"),
        ({"is_outbound": True}, "ticket_outbound"),
        ({"channel": "chat"}, "channel_not_listed"),
        ({"created_at": NOW - timedelta(days=31)}, "too_old"),
    ],
)
def test_what_never_was_a_reason_releases_at_once_whatever_the_grace(fields, why):
    found = released(fields, grace_minutes=90, channels=["email"])

    assert found == [(why, NOW + timedelta(minutes=5))]


def test_later_changes_of_a_closed_ticket_do_not_begin_its_grace_again():
    ending = cause(source_at=NOW - timedelta(minutes=30), release_at=NOW + timedelta(minutes=30))
    known = facts(ticket=ticket(is_open=False), own_causes=(ending,))

    (release,) = effects(decide(known, grace_minutes=60))

    assert release.at == NOW + timedelta(minutes=30)


def test_the_grace_begins_now_when_the_helpdesk_s_clock_is_ahead():
    ahead = ticket(is_open=False, source_at=NOW + timedelta(hours=3))

    (release,) = effects(decide(facts(ticket=ahead, own_causes=(cause(),)), grace_minutes=60))

    assert release.at == NOW + timedelta(minutes=60)


def test_an_address_that_left_the_ticket_is_released_while_the_new_one_is_held():
    known = facts(ticket=ticket(customer=Person(emails=(BO,))), own_causes=(cause(),))

    hold, release = effects(decide(known))

    assert (type(hold), hold.subject) == (Hold, BO)
    assert (release.subject, release.why, release.at) == (ANA, "customer_changed", NOW)


def test_a_ticket_without_addresses_any_more_releases_whom_it_held():
    known = facts(ticket=ticket(customer=Person()), own_causes=(cause(),))

    (release,) = effects(decide(known))

    assert (release.subject, release.why) == (ANA, "no_email")


def test_holds_of_other_tickets_stay():
    known = facts(ticket=ticket(is_open=False), own_causes=(cause(reference="gorgias:ticket:9"),))

    (answer,) = decide(known)

    assert isinstance(answer, No)
    assert answer.reason == "ticket_closed"


def test_older_news_does_not_end_a_hold_that_newer_news_opened():
    newer = cause(source_at=NOW + timedelta(seconds=1))
    known = facts(ticket=ticket(is_open=False), own_causes=(newer,))

    (answer,) = decide(known)

    assert isinstance(answer, No)
    assert answer.reason == "older_news"


def test_the_global_method_is_another_state_at_the_vendor_and_says_that_it_is_stricter():
    (hold,) = effects(decide(facts(ticket=ticket()), method="global"))
    sentence = rule("ticket_hold").recipe.sentence(
        params.clean(rule("ticket_hold").recipe, {"method": "global"})
    )

    assert hold.method == "hold_global"
    assert sentence == (
        "While a ticket waits for an answer, suppress all e-mail of the marketing account to the customer, "
        "but not SMS, until it is closed, for at most 30 days."
    )


def test_costly_details_are_asked_for_only_when_a_filter_needs_them():
    assert rule("ticket_hold").recipe.wants({"intents": []}) == frozenset()
    assert rule("ticket_hold").recipe.wants({"intents": ["x"]}) == {"ticket.intents"}


def test_it_reads_as_one_sentence():
    filters = {"channels": ["email", "chat"], "tags": ["vip"]}
    plain = rule("ticket_hold")
    tuned = rule("ticket_hold", {**filters, "grace_minutes": 90, "max_age_days": 1})

    assert plain.recipe.sentence(plain.params) == (
        "While a ticket waits for an answer, hold the customer's marketing until it is closed, "
        "for at most 30 days."
    )
    assert tuned.recipe.sentence(tuned.params) == (
        "While a ticket on “email” or “chat” tagged “vip” waits for an answer, hold the customer's "
        "marketing until 1 hour and 30 minutes after it is closed, for at most 1 day."
    )

"""Gorgias' webhooks: only genuine ones count, and only the ticket's id is taken from them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.types import Reference
from connectors.vendors.gorgias import Gorgias
from connectors.vendors.gorgias.webhooks import HEADER, TRIGGERS
from tests.connectors.accounts import FakeAccount

URL = "https://agency.test/hooks/fixed-token/"


def references(body: bytes) -> Any:
    return Gorgias.parse_webhook(body, {}).references


def verified(secret: str, headers: dict[str, str]) -> bool:
    return Gorgias.verify({"webhook_secret": secret}, headers, b"{}")


@pytest.mark.parametrize(
    ("secret", "shown", "is_genuine"),
    [
        ("s3cret", "s3cret", True),
        ("s3cret", "S3cret", False),
        ("s3cret", "", False),
        ("s3cret", "s3cret ", False),
        ("s3cret", "sécret", False),
        ("s3cret", "\udce9", False),
        ("", "", False),
        ("", "s3cret", False),
    ],
)
def test_only_our_own_secret_is_genuine(secret, shown, is_genuine):
    assert verified(secret, {HEADER.lower(): shown}) is is_genuine


def test_without_the_header_or_a_stored_secret_nothing_is_genuine():
    assert not verified("s3cret", {})
    assert not Gorgias.verify({}, {HEADER.lower(): ""}, b"{}")


@pytest.mark.parametrize(
    "body",
    [
        b'{"trigger": "ticket-created", "ticket_id": "555"}',
        b'{"ticket_id": 555}',
        b'{"ticket_id": " 0555 "}',
        b'{"ticket": {"id": 555, "status": "open"}, "message": {"id": 1}}',
        b'{"ticket_id": "", "ticket": {"id": 555}}',
        rb'{"ticket_id": 555, "note": "\u0000\ud800", "size": 1' + b"0" * 9000 + b"}",
        b'{"ticket_id": 555, "note": "a\x01line\nbreak"}',
    ],
)
def test_a_delivery_names_its_ticket(body):
    assert references(body) == [Reference(kind="ticket", id="555")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"ticket_id=555",
        b"\xff\xfe",
        b"{}",
        b'{"ticket_id": ""}',
        b'{"ticket_id": true}',
        b'{"ticket_id": -5}',
        b'{"ticket_id": "five"}',
        b'{"ticket_id": {"id": 5}}',
        b'{"ticket": {"id": null}}',
        b'{"ticket": 555}',
        '{"ticket_id": "٣"}'.encode(),
        b'{"ticket_id": 5' + b"0" * 9000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_a_delivery_that_names_no_ticket_is_refused_with_a_sentence(body):
    with pytest.raises(ValueError, match=r"delivery from Gorgias .*\.$"):
        references(body)


FORMS = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.dictionaries(st.sampled_from(["ticket_id", "ticket", "id"]), inner),
)


@settings(max_examples=100)
@given(st.binary() | FORMS.map(lambda form: json.dumps(form).encode()))
def test_whatever_a_body_holds_it_names_tickets_or_is_refused(body):
    with suppress(ValueError):
        assert all(each.id.isdecimal() for each in references(body))


def ours(account: FakeAccount) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in account.state()["integrations"]}


def test_one_integration_is_made_for_each_trigger(gorgias):
    states = gorgias.open().ensure_webhooks(URL)

    made = ours(gorgias)
    assert [state.topic for state in states] == list(TRIGGERS)
    assert all(state.was_created and state.is_active and not state.was_revived for state in states)
    assert set(made) == {f"Orchestrator: {trigger}" for trigger in TRIGGERS}
    for name, integration in made.items():
        http = integration["http"]
        assert http["url"] == URL
        assert http["headers"] == {HEADER: gorgias.credentials["webhook_secret"]}
        assert [trigger for trigger, on in http["triggers"].items() if on] == [name.partition(": ")[2]]


def test_doing_it_again_changes_nothing(gorgias):
    first = gorgias.open().ensure_webhooks(URL)
    before = gorgias.state()["integrations"]

    second = gorgias.open().ensure_webhooks(URL)

    assert [state.id for state in second] == [state.id for state in first]
    assert not any(state.was_created or state.was_revived for state in second)
    assert gorgias.state()["integrations"] == before


def test_what_the_vendor_switched_off_is_revived(gorgias):
    first = gorgias.open().ensure_webhooks(URL)
    gorgias.do("integration_deactivate", id=int(first[2].id))

    second = gorgias.open().ensure_webhooks(URL)

    assert [state.was_revived for state in second] == [False, False, True, False, False]
    assert all(each["deactivated_datetime"] is None for each in ours(gorgias).values())


def test_a_new_address_or_secret_is_put_in_place_of_the_old(gorgias):
    first = gorgias.open().ensure_webhooks("https://old.test/hooks/fixed-token/")

    second = gorgias.open(webhook_secret="another").ensure_webhooks(URL)

    assert [state.id for state in second] == [state.id for state in first]
    assert {each["http"]["url"] for each in ours(gorgias).values()} == {URL}
    assert {each["http"]["headers"][HEADER] for each in ours(gorgias).values()} == {"another"}


def test_integrations_of_others_are_left_alone(gorgias):
    other = {"url": "https://agency.test/hooks/other-token/", "triggers": {"ticket-created": True}}
    odd = {"url": "https://[odd", "triggers": {"ticket-created": True}}
    gorgias.seed(
        integrations=[
            {"name": "Orchestrator: ticket-created", "http": other},
            {"name": "Odd", "http": odd},
        ]
    )
    before = gorgias.state()["integrations"]

    gorgias.open().ensure_webhooks(URL)

    assert all(each in gorgias.state()["integrations"] for each in before)


def test_without_a_secret_no_webhook_is_registered(gorgias):
    assert gorgias.open(webhook_secret="").ensure_webhooks(URL) == []
    assert gorgias.requests() == []

"""From a stored connection to a live vendor, and what its calls say about its health."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError

from connectors import connect
from connectors.errors import NeedsAttention, Refused, TryLater
from connectors.fields import SecretField
from connectors.models import Connection, Store
from connectors.types import Account
from tests.connectors.wire import listening, says

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CREDENTIALS = {
    "subdomain": "north-ridge",
    "email": "ops@agency.test",
    "api_key": "key",
    "webhook_secret": "s3cret",
}
HOURS = {"type": "business-hours", "data": {"timezone": "America/New_York"}}
ACCOUNT = json.dumps({"domain": "north-ridge", "settings": [HOURS]}).encode()

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(settings: Any) -> Connection:
    settings.ALLOW_LOOPBACK_VENDORS = True
    store = Store.objects.create(slug="north-ridge", name="North Ridge", platform="shopify")
    made = Connection(store=store, vendor="gorgias")
    made.seal(CREDENTIALS)
    made.save()
    return made


def needs_attention(connection: Connection) -> NeedsAttention:
    with pytest.raises(NeedsAttention) as caught:
        connect.open(connection)
    return caught.value


def test_without_an_address_of_its_own_a_connection_goes_to_the_vendor(connection):
    vendor = connect.open(connection, frozenset({"ticket.intents"}))

    assert vendor.client.root == "https://north-ridge.gorgias.com"
    assert vendor.credentials == CREDENTIALS
    assert vendor.wants == {"ticket.intents"}


def test_a_test_makes_one_call_and_says_what_came_of_it(connection):
    with listening(says(ACCOUNT)) as wire:
        connection.api_root = f"{wire.url}/gorgias"
        finding = connect.test(connection)

    assert finding.ok
    assert finding.sentence == "Connected to north-ridge (America/New_York)."
    assert finding.account is not None
    assert finding.account.timezone == "America/New_York"
    assert [request.split(b"\r\n")[0] for request in wire.requests] == [b"GET /gorgias/api/account HTTP/1.1"]


def test_a_test_that_fails_says_why_and_changes_nothing(connection):
    before = Connection.objects.values().get(pk=connection.pk)
    with listening(says(status=401)) as wire:
        connection.api_root = wire.url
        finding = connect.test(connection)

    assert (finding.ok, finding.code, finding.account) == (False, "credentials_rejected", None)
    assert "Enter a valid key" in finding.sentence
    assert Connection.objects.values().get(pk=connection.pk) == before


def test_calls_of_one_connection_share_their_sockets_until_the_key_changes(connection):
    with listening(says(ACCOUNT)) as wire:
        connection.api_root = wire.url
        connect.open(connection).account()
        connect.open(connection).account()
        assert wire.connections == 1

        connection.seal({"api_key": "another"})
        connect.open(connection).account()
        assert wire.connections == 2


def test_a_connection_that_is_not_saved_yet_can_be_tested(connection):
    with listening(says(ACCOUNT)) as wire:
        fresh = Connection(store=connection.store, vendor="gorgias", api_root=wire.url)
        fresh.seal(CREDENTIALS)

        assert connect.test(fresh).ok


def test_an_address_that_is_not_the_vendors_is_never_called(connection):
    connection.api_root = "https://elsewhere.example.com"

    assert needs_attention(connection).code == "target_forbidden"


def test_this_machine_is_not_called_without_permission(connection, settings):
    settings.ALLOW_LOOPBACK_VENDORS = False
    connection.api_root = "http://127.0.0.1:9100/gorgias"

    assert needs_attention(connection).code == "target_forbidden"


def test_credentials_that_do_not_open_are_named_and_not_shown(connection, settings):
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]

    error = needs_attention(connection)

    assert error.code == "credentials_unreadable"
    assert "s3cret" not in error.sentence


def test_a_missing_credential_is_named(connection):
    del connection.sealed["api_key"]

    assert "api_key is missing" in needs_attention(connection).sentence


def test_an_optional_credential_may_be_missing(connection):
    del connection.sealed["webhook_secret"]

    assert connect.open(connection).credentials["webhook_secret"] == ""


def test_an_unknown_vendor_is_a_sentence(connection):
    connection.vendor = "zendesk"

    assert "“zendesk”" in needs_attention(connection).sentence


def test_success_is_noted_and_the_first_one_is_a_change(connection):
    account = Account(name="North Ridge", timezone="America/New_York", currency="USD")

    assert connect.note_success(connection, NOW, account)
    assert not connect.note_success(connection, NOW + timedelta(minutes=1))

    connection.refresh_from_db()
    assert connection.health == Connection.Health.HEALTHY
    assert connection.finding == "Connected to North Ridge (America/New_York, USD)."
    assert connection.account["currency"] == "USD"
    assert connection.healthy_at == NOW + timedelta(minutes=1)


def test_a_missing_scope_is_part_of_the_finding(connection):
    connect.note_success(connection, NOW, Account(name="North Ridge", missing_scopes=("lists:write",)))

    assert (
        connection.finding == "Connected to North Ridge. Missing scope: lists:write – make a new key with it."
    )


@pytest.mark.parametrize(
    ("error", "health"),
    [
        (TryLater("Busy.", code="throttled", after=90), Connection.Health.WAITING),
        (NeedsAttention("Bad key.", code="credentials_rejected"), Connection.Health.ATTENTION),
        (Refused("Moved.", code="redirected"), Connection.Health.ATTENTION),
    ],
)
def test_a_failure_is_noted_with_its_beginning(connection, error, health):
    connect.note_success(connection, NOW)
    changes = [connect.note_failure(connection, error, NOW + timedelta(minutes=each)) for each in (1, 2)]

    connection.refresh_from_db()
    assert changes == [True, False]
    assert (connection.health, connection.error_code) == (health, error.code)
    assert connection.failing_since == NOW + timedelta(minutes=1)
    assert connection.checked_at == NOW + timedelta(minutes=2)


def test_working_again_clears_the_failure(connection):
    connect.note_failure(connection, NeedsAttention("Bad key.", code="credentials_rejected"), NOW)

    assert connect.note_success(connection, NOW + timedelta(minutes=1))

    connection.refresh_from_db()
    assert (connection.finding, connection.error_code, connection.failing_since) == ("", "", None)


def test_noting_leaves_what_others_saved_meanwhile(connection):
    Connection.objects.filter(pk=connection.pk).update(poll_every=300)

    connect.note_success(connection, NOW)

    connection.refresh_from_db()
    assert connection.poll_every == 300


@pytest.mark.parametrize("value", ["with space", "κλειδί", ""])
def test_a_secret_that_no_header_can_carry_is_not_accepted(value):
    with pytest.raises(ValidationError):
        SecretField().clean(value)


def test_a_secret_is_accepted_as_the_vendor_shows_it():
    assert SecretField().clean("  pk_0aB+/=~ ") == "pk_0aB+/=~"

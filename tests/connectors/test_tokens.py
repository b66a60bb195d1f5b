"""Tokens that credentials are exchanged for: renewed in time, by one at a time, and never in the open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import connections
from django.utils import timezone

from connectors.errors import NeedsAttention, TryLater
from connectors.models import Connection, Store
from connectors.tokens import Tokens
from connectors.types import Token

ROOT = "https://shop.example.com"
ENTERED = {"client_id": "app", "client_secret": "s3cret", "refresh_token": "first"}
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


class Office:
    """Gives a new pair with every exchange, and takes each refresh token once."""

    def __init__(self, lasts: timedelta | None = HOUR) -> None:
        self.lasts = lasts
        self.given: list[Mapping[str, str]] = []

    def __call__(self, credentials: Mapping[str, str]) -> Token:
        self.given.append(dict(credentials))
        number = len(self.given)
        values = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}"}
        return Token(values=values, expires_at=timezone.now() + self.lasts if self.lasts else None)


@pytest.fixture
def row() -> Connection:
    store = Store.objects.create(slug="north-ridge", name="North Ridge", platform="shopify")
    return Connection.objects.create(store=store, vendor="gorgias")


def tokens(row: Connection, office: Callable[[Mapping[str, str]], Token], **entered: str) -> Tokens:
    """As another process would see it: from the stored row."""
    return Tokens(Connection.objects.get(pk=row.pk), ENTERED | entered, ROOT, office)


def test_a_missing_token_is_fetched_once_and_kept(row):
    office = Office()

    first = tokens(row, office).usable()
    second = tokens(row, office).usable()

    assert first == second == ENTERED | {"access_token": "access-1", "refresh_token": "refresh-1"}
    assert office.given == [ENTERED]


@pytest.mark.parametrize(("left", "exchanges"), [(timedelta(minutes=6), 1), (timedelta(minutes=4), 2)])
def test_a_token_is_renewed_five_minutes_before_it_ends(row, left, exchanges):
    office = Office(left)

    for _ in range(2):
        tokens(row, office).usable()

    assert len(office.given) == exchanges


def test_a_token_without_an_end_is_not_renewed(row):
    office = Office(None)

    for _ in range(2):
        tokens(row, office).usable()

    assert len(office.given) == 1


def test_the_next_renewal_shows_the_refresh_token_that_the_last_one_gave(row):
    office = Office(timedelta(minutes=1))

    for _ in range(3):
        tokens(row, office).usable()

    assert [each["refresh_token"] for each in office.given] == ["first", "refresh-1", "refresh-2"]


def test_another_refresh_token_that_is_entered_counts_instead_of_what_came_of_the_old_one(row):
    office = Office()
    tokens(row, office).usable()

    tokens(row, office, refresh_token="second").usable()

    assert office.given[-1]["refresh_token"] == "second"


def test_another_secret_that_is_entered_needs_a_new_token_and_keeps_the_refresh_token(row):
    office = Office()
    tokens(row, office).usable()

    tokens(row, office, client_secret="rotated").usable()

    assert office.given[-1] == ENTERED | {"client_secret": "rotated", "refresh_token": "refresh-1"}


def test_a_token_that_was_refused_is_replaced(row):
    office = Office()
    refused = tokens(row, office).usable()

    assert tokens(row, office).replaced(refused)["access_token"] == "access-2"


def test_a_token_that_another_process_replaced_meanwhile_serves_without_a_call(row):
    office = Office()
    mine = tokens(row, office)
    refused = mine.usable()
    tokens(row, office).replaced(refused)

    assert mine.replaced(refused)["access_token"] == "access-2"
    assert len(office.given) == 2


def test_while_another_process_renews_a_token_that_still_holds_serves(row):
    office = Office(timedelta(minutes=4))
    tokens(row, office).usable()
    Connection.objects.update(renewal_token="somebody", renewal_until=timezone.now() + HOUR)

    assert tokens(row, office).usable()["access_token"] == "access-1"


def test_while_another_process_renews_one_without_a_token_waits_a_moment(row):
    Connection.objects.update(renewal_token="somebody", renewal_until=timezone.now() + HOUR)

    with pytest.raises(TryLater) as caught:
        tokens(row, Office()).usable()

    assert (caught.value.code, caught.value.after) == ("token_renewing", 2.0)


def test_a_claim_of_a_process_that_died_runs_out(row):
    Connection.objects.update(renewal_token="dead", renewal_until=timezone.now() - timedelta(seconds=1))

    assert tokens(row, Office()).usable()["access_token"] == "access-1"


def test_a_refused_exchange_frees_the_claim_and_keeps_what_was_there(row):
    office = Office(timedelta(minutes=1))
    tokens(row, office).usable()
    before = Connection.objects.get(pk=row.pk).renewed

    def refuses(credentials: Mapping[str, str]) -> Token:
        raise NeedsAttention("It was used already.", code="credentials_rejected")

    with pytest.raises(NeedsAttention):
        tokens(row, refuses).usable()

    row.refresh_from_db()
    assert (row.renewed, row.renewal_token, row.renewal_until) == (before, "", None)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_renews(row):
    entered, go_on = Event(), Event()
    office = Office()

    def slow(credentials: Mapping[str, str]) -> Token:
        entered.set()
        go_on.wait(60)
        return office(credentials)

    def ask(exchange: Callable[[Mapping[str, str]], Token]) -> str:
        try:
            return tokens(row, exchange).usable()["access_token"]
        except TryLater as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(ask, slow)
        assert entered.wait(60)
        others = [each.result() for each in [threads.submit(ask, office) for _ in range(3)]]
        go_on.set()

        assert (first.result(), others) == ("access-1", ["token_renewing"] * 3)
    assert len(office.given) == 1


def test_stored_tokens_are_sealed_and_not_said_aloud(row):
    office = Office()
    tokens(row, office).usable()

    row.refresh_from_db()
    assert "access-1" not in str(row.renewed)
    assert "access-1" not in repr(Token(values={"access_token": "access-1"}))


def test_a_token_of_another_connection_does_not_open(row):
    office = Office()
    tokens(row, office).usable()
    row.refresh_from_db()
    store = Store.objects.create(slug="harbor", name="Harbor", platform="shopify")
    other = Connection.objects.create(
        store=store, vendor="gorgias", renewed=row.renewed, renewed_until=row.renewed_until
    )

    assert tokens(other, office).usable()["access_token"] == "access-2"


def test_a_connection_that_is_not_saved_yet_has_its_token_for_the_moment(row):
    office = Office()
    fresh = Connection(store=row.store, vendor="klaviyo")

    assert Tokens(fresh, ENTERED, ROOT, office).usable()["access_token"] == "access-1"
    assert not Connection.objects.filter(vendor="klaviyo").exists()

"""A ticket with the strict method suppresses the customer at Klaviyo, and never fights whoever did so too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from connectors.models import Connection
from orchestrator.models import Attention, RunLogEntry, VendorState
from rules import publish
from rules.models import Rule

pytestmark = pytest.mark.django_db(transaction=True)
GLOBAL = [{"recipe": "ticket_hold", "name": "Hold", "mode": "live", "params": {"method": "global"}}]
ANA, BEN = "ana@shop.test", "ben@shop.test"


@pytest.fixture
def client(new_client):
    return new_client(rules=GLOBAL)


def work(*flags, minutes=0):
    """Everything there is to do, as if so many minutes had passed."""
    now = timezone.now() + timedelta(minutes=minutes)
    call_command("work", "--until-idle", "--now", now.isoformat(), *flags)


def ticket_opens(client, email=ANA):
    ticket = client.open_ticket(email)
    client.webhooks_delivered()
    work()
    return ticket


def ticket_closes(client, ticket, minutes=0):
    client.do("gorgias", "ticket_close", id=ticket)
    client.webhooks_delivered()
    work(minutes=minutes)


def set_mode(client, mode):
    publish.set_mode(Rule.objects.get(store__slug=client.slug), mode, now=timezone.now())


def silent(client):
    account = client.control("GET", f"klaviyo/accounts/{client.slug}")
    return {each["email"] for each in account["profiles"] if each["suppression"]}


def test_ticket_suppresses_until_the_last_one_is_closed(client):
    first, second = ticket_opens(client), ticket_opens(client)
    held = silent(client)
    ticket_closes(client, first)
    after_first = silent(client)
    ticket_closes(client, second)

    assert held == after_first == {ANA}
    assert silent(client) == set()
    assert client.on_hold_list() == set()


def test_whoever_was_suppressed_before_us_survives_our_release(client):
    client.do("klaviyo", "profile_suppress", email=ANA)

    ticket_closes(client, ticket_opens(client))

    assert silent(client) == {ANA}
    assert RunLogEntry.objects.filter(code="hold_prior_kept", subject=ANA).exists()
    assert not [each for each in client.requests("klaviyo") if "suppression-bulk" in each["path"]]


def test_whoever_is_suppressed_by_a_person_meanwhile_is_kept_and_shown(client):
    ticket = ticket_opens(client)
    client.do("klaviyo", "profile_suppress", email=ANA)

    ticket_closes(client, ticket)

    assert silent(client) == {ANA}
    assert Attention.objects.open().filter(code="hold_kept").exists()


@pytest.mark.parametrize("verb", ["profile_subscribe", "profile_unsuppress"])
def test_whoever_is_let_be_written_to_meanwhile_is_lost_shown_and_not_suppressed_again(client, verb):
    ticket = ticket_opens(client)
    client.do("klaviyo", verb, email=ANA)

    work(minutes=61)
    lost = VendorState.objects.get().state
    client.do("gorgias", "ticket_reply", id=ticket)
    client.webhooks_delivered()
    work(minutes=130)
    second = ticket_opens(client)
    still_free = silent(client)
    ticket_closes(client, ticket, minutes=131)
    ticket_closes(client, second, minutes=132)

    assert lost == VendorState.State.LOST
    assert still_free == silent(client) == set()
    assert Attention.objects.filter(code="hold_lost").count() == 1
    assert VendorState.objects.get().state == VendorState.State.APPLIED


def test_campaign_whose_recipients_are_frozen_passes_the_customer_over(client):
    account = f"klaviyo/accounts/{client.slug}"
    news = {"name": "News", "members": [ANA, BEN]}
    client.control("PUT", account, {"seed": {"lists": [news]}})
    made = client.do("klaviyo", "campaign_create", name="Sale", audiences={"included": ["News"]})
    frozen = client.do("klaviyo", "campaign_schedule", id=made["id"])["frozen_recipients"]

    ticket_opens(client)
    sent = client.do("klaviyo", "campaign_send", id=made["id"])

    assert set(frozen) == {ANA, BEN}
    assert (sent["recipients"], sent["skipped"]) == ([BEN], [ANA])


def test_rule_that_is_paused_still_releases_and_one_that_is_retired_lets_go(client):
    ticket = ticket_opens(client)
    ticket_opens(client, BEN)
    set_mode(client, "paused")
    ticket_closes(client, ticket)
    after_pause = silent(client)
    set_mode(client, "draft")
    work()

    assert after_pause == {BEN}
    assert silent(client) == set()


def test_account_that_two_clients_share_is_not_suppressed_in(client, new_client):
    other = new_client(rules=GLOBAL)
    shared = Connection.objects.get(store__slug=other.slug, vendor="klaviyo")
    shared.seal({"private_key": f"pk_{client.slug}"})
    shared.save()

    ticket_opens(client)
    work(minutes=2)  # two clients share the limit of one account too

    assert silent(client) == set()
    state = VendorState.objects.get()
    assert (state.state, "another client" in state.because) == (VendorState.State.NOT_POSSIBLE, True)
    assert Attention.objects.open().filter(code="hold_shared_account").exists()


def test_polling_remembers_whose_account_it_is(client):
    work("--poll-now")

    assert Connection.objects.get(store__slug=client.slug, vendor="klaviyo").account["account_id"]

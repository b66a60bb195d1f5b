"""Connecting a tool: one vendor's fields, tried out at once, secrets written and never read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client, override_settings
from django.urls import reverse

from connectors.models import Connection
from orchestrator.models import Attention, RunLogEntry
from tests.connectors.accounts import FakeAccount
from tests.orchestrator.admin import examples, pages

ADD = "/admin/connectors/connection/add/"


@pytest.fixture
def client(db: None, enter: Callable[[User], Client]) -> Client:
    return enter(examples.administrator())


def filled(account: FakeAccount, **other: Any) -> dict[str, Any]:
    """The form as somebody fills it in."""
    credentials = {f"credential_{name}": value for name, value in account.credentials.items()}
    root = f"{account.url}/{account.slug}"
    return {"is_enabled": "on", "poll_every": 60, "api_root": root, **credentials, **other}


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_adding_begins_with_the_tool(client: Client) -> None:
    page = client.get(ADD, {"store": 7}).content.decode()

    assert "Step 1 of 3" in page
    assert "?vendor=gorgias&amp;store=7" in page
    assert "credential_" not in page


def test_an_unknown_tool_leads_back_to_the_choice(client: Client) -> None:
    assert "Step 1 of 3" in client.get(ADD, {"vendor": "fax"}).content.decode()


def test_the_form_holds_that_tools_fields_only(client: Client) -> None:
    gorgias = client.get(ADD, {"vendor": "gorgias"}).context["adminform"].form.fields
    klaviyo = client.get(ADD, {"vendor": "klaviyo"}).context["adminform"].form.fields

    assert {name for name in gorgias if name.startswith("credential_")} == {
        f"credential_{name}" for name in ("subdomain", "email", "api_key", "webhook_secret")
    }
    assert {name for name in klaviyo if name.startswith("credential_")} == {"credential_private_key"}


def test_every_credential_says_where_to_find_it(client: Client) -> None:
    for vendor in ("gorgias", "klaviyo"):
        form = client.get(ADD, {"vendor": vendor}).context["adminform"].form

        silent = [name for name in form.fields if "credential" in name and not form[name].help_text]
        assert silent == []


def test_saving_tries_it_out_and_says_what_it_found(client: Client, gorgias: FakeAccount) -> None:
    store = examples.store()

    answer = client.post(f"{ADD}?vendor=gorgias", filled(gorgias, store=store.pk))

    row = Connection.objects.get(store=store)
    assert row.credentials() == gorgias.credentials
    assert row.health == Connection.Health.HEALTHY
    assert row.finding in said(answer)
    assert gorgias.name in row.finding


def test_a_wrong_key_is_saved_and_shown(client: Client, gorgias: FakeAccount) -> None:
    store = examples.store()
    sent = filled(gorgias, store=store.pk, credential_api_key="key-of-somebody-else")

    answer = client.post(f"{ADD}?vendor=gorgias", sent)

    row = Connection.objects.get(store=store)
    assert row.health == Connection.Health.ATTENTION
    assert row.failing_since is not None
    assert row.finding in said(answer)
    assert Attention.objects.open().get().connection == row


def test_mending_the_key_clears_the_alarm(client: Client, gorgias: FakeAccount) -> None:
    store = examples.store()
    wrong = filled(gorgias, store=store.pk, credential_api_key="key-of-somebody-else")
    client.post(f"{ADD}?vendor=gorgias", wrong)
    row = Connection.objects.get(store=store)

    client.post(pages.change(row), filled(gorgias))

    row.refresh_from_db()
    assert row.health == Connection.Health.HEALTHY
    assert not Attention.objects.open().exists()


def test_spaces_around_a_pasted_secret_are_dropped(client: Client, gorgias: FakeAccount) -> None:
    store = examples.store()
    pasted = filled(gorgias, store=store.pk, credential_api_key=f"  {gorgias.credentials['api_key']} \n")

    client.post(f"{ADD}?vendor=gorgias", pasted)

    assert Connection.objects.get(store=store).health == Connection.Health.HEALTHY


def test_what_is_left_empty_stays(client: Client, gorgias: FakeAccount) -> None:
    store = examples.store()
    client.post(f"{ADD}?vendor=gorgias", filled(gorgias, store=store.pk))
    row = Connection.objects.get(store=store)
    empty = {"credential_api_key": "", "credential_webhook_secret": ""}

    answer = client.post(pages.change(row), filled(gorgias, poll_every=90, **empty))

    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.poll_every, row.credentials()) == (90, gorgias.credentials)


def test_saving_writes_only_what_the_form_shows(client: Client, gorgias: FakeAccount) -> None:
    """Workers note health and resources while somebody looks at the form."""
    row = examples.connection(examples.store(), "gorgias", resources={"hold_list": "X1"})

    client.post(pages.change(row), filled(gorgias))

    row.refresh_from_db()
    assert row.resources == {"hold_list": "X1"}


def test_credentials_that_no_longer_open_are_asked_for_again(client: Client) -> None:
    row = examples.connection(examples.store(), "klaviyo")
    Connection.objects.filter(pk=row.pk).update(sealed={"private_key": "from another key"})

    page = client.get(pages.change(row))
    answer = client.post(pages.change(row), {"poll_every": 60, "credential_private_key": ""})

    assert page.status_code == 200
    assert "credential_private_key" in answer.context["adminform"].form.errors


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("credential_subdomain", "evil.test/", "before .gorgias.com"),
        ("credential_email", "nobody", "valid email address"),
        ("credential_api_key", "", "required"),
        ("api_root", "http://10.0.0.7/gorgias", "https://"),
        ("api_root", "https://gorgias.evil.test", "not one of this vendor"),
        ("poll_every", "-5", "greater than or equal to"),
        ("store", "", "required"),
    ],
)
def test_a_mistake_is_told_beside_its_field(
    field: str, value: str, told: str, client: Client, gorgias: FakeAccount
) -> None:
    sent = {**filled(gorgias, store=examples.store().pk), field: value}

    answer = client.post(f"{ADD}?vendor=gorgias", sent)

    assert told in " ".join(answer.context["adminform"].form.errors[field])
    assert not Connection.objects.exists()


def test_a_loopback_address_needs_the_setting(client: Client, gorgias: FakeAccount) -> None:
    with override_settings(ALLOW_LOOPBACK_VENDORS=False):
        page = client.get(f"{ADD}?vendor=gorgias").content.decode()
        client.post(f"{ADD}?vendor=gorgias", filled(gorgias, store=examples.store().pk))

    assert 'name="api_root"' not in page
    assert not Connection.objects.exclude(api_root="").exists()


def test_one_connection_for_each_tool_of_a_client(client: Client, gorgias: FakeAccount) -> None:
    store = examples.store()
    examples.connection(store, "gorgias")

    answer = client.post(f"{ADD}?vendor=gorgias", filled(gorgias, store=store.pk))

    assert answer.context["adminform"].form.errors["store"] == [
        "This client already has a connection to Gorgias."
    ]


def test_a_connection_never_moves_to_another_client(client: Client, gorgias: FakeAccount) -> None:
    row = examples.connection(examples.store(), "gorgias")
    other = examples.store("Other")

    client.post(pages.change(row), filled(gorgias, store=other.pk))

    row.refresh_from_db()
    assert row.store != other


def test_a_sandbox_wears_a_badge(client: Client) -> None:
    store = examples.store()
    examples.connection(store, "gorgias", api_root="http://127.0.0.1:9100/gorgias")
    real = examples.connection(store, "klaviyo")

    assert "Sandbox" in client.get(pages.changelist(Connection)).content.decode()
    assert "Sandbox" not in client.get(pages.change(real)).content.decode()


def test_sendings_that_ignore_the_hold_list_are_named(client: Client) -> None:
    flow = {"kind": "flow", "id": "1", "name": "Welcome series", "status": "live"}
    row = examples.connection(examples.store(), "klaviyo", resources={"unguarded": [flow]})

    page = client.get(pages.change(row)).content.decode()

    assert "Welcome series" in page
    assert "Flow, live" in page


def test_campaigns_with_fixed_recipients_are_named(client: Client) -> None:
    sale = {"kind": "campaign", "id": "1", "name": "Sale", "status": "Scheduled", "frozen_at": None}
    row = examples.connection(examples.store(), "klaviyo", resources={"frozen": [sale]})

    page = client.get(pages.change(row)).content.decode()

    assert "Recipients are fixed already" in page
    assert "Campaign, Scheduled" in page


def test_only_an_unused_connection_can_be_deleted(client: Client) -> None:
    used, unused = (examples.failing(examples.store(name), "klaviyo") for name in ("Used", "Unused"))
    examples.vendor_state(used, "ana@shop.test")

    answers = [
        client.post(reverse("admin:connectors_connection_delete", args=[row.pk]), {"post": "yes"})
        for row in (used, unused)
    ]

    assert [answer.status_code for answer in answers] == [403, 302]
    assert list(Connection.objects.all()) == [used]


def test_who_changed_it_is_in_the_run_log(client: Client, gorgias: FakeAccount) -> None:
    store = examples.store()

    client.post(f"{ADD}?vendor=gorgias", filled(gorgias, store=store.pk))

    entry = RunLogEntry.objects.get(code="connection_changed")
    assert (entry.store, entry.kind, entry.details["by"]) == (store, "staff", "root")
    assert entry.details["told"] == "added the connection to Gorgias"


def test_a_connection_of_a_vendor_that_is_gone_can_still_be_seen(client: Client) -> None:
    row = Connection.objects.create(store=examples.store(), vendor="telex")

    assert client.get(pages.change(row)).status_code == 200
    assert "telex" in client.get(pages.changelist(Connection)).content.decode()


def test_what_a_metric_is_called_there_can_be_told_and_taken_back(
    client: Client, gorgias: FakeAccount
) -> None:
    store, klaviyo = examples.store(), FakeAccount(gorgias.url, "klaviyo")
    given = filled(klaviyo, store=store.pk, option_viewed_product_metric="Seen (API)")

    client.post(f"{ADD}?vendor=klaviyo", given)
    row = Connection.objects.get()
    address = reverse("admin:connectors_connection_change", args=[row.pk])
    page = client.get(address).content.decode()
    client.post(address, {**given, "option_viewed_product_metric": ""})
    klaviyo.close()

    assert row.options == {"viewed_product_metric": "Seen (API)"}
    assert 'value="Seen (API)"' in page
    assert Connection.objects.get().options == {}

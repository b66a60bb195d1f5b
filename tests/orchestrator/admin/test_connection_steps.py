"""From a new connection to work, step by step; and new credentials for one that works."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client, override_settings
from django.utils import timezone

from connectors.models import Connection, Cursor
from orchestrator.models import Import
from tests.connectors.accounts import FakeAccount
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.test_connection import ADD, filled

OTHER = "credential_api_key"


@pytest.fixture
def client(db: None, enter: Callable[[User], Client]) -> Client:
    return enter(examples.administrator())


@pytest.fixture
def works(client: Client, gorgias: FakeAccount) -> Connection:
    client.post(f"{ADD}?vendor=gorgias", filled(gorgias, store=examples.store().pk))
    return Connection.objects.get()


def states(client: Client, row: Connection) -> dict[str, str]:
    wizard = client.get(pages.change(row)).context["panel"]["wizard"]
    return {step.label: step.state for step in wizard["steps"]} if wizard else {}


def errors(answer: Any, field: str = "store_anyway") -> str:
    return " ".join(answer.context["adminform"].form.errors.get(field, []))


def test_a_new_connection_is_tested_and_told_to_call_us(client: Client, works: Connection) -> None:
    works.refresh_from_db()

    assert works.health == "healthy"
    assert len(works.webhook_topics) == 5
    assert states(client, works) == {"Credentials": "done", "Test": "done", "Webhooks": "done"}


def test_the_form_says_where_the_keys_are_and_the_page_since_when_they_stand(
    client: Client, works: Connection
) -> None:
    add = client.get(f"{ADD}?vendor=klaviyo").content.decode()
    page = client.get(pages.change(works)).content.decode()

    assert "Step 2 of 3: enter what Klaviyo shows" in add
    assert "https://www.klaviyo.com/settings/account/api-keys" in add
    assert "Newest secret" in page
    assert f"https://{works.credentials()['subdomain']}.gorgias.com/app/settings/api" in page


def test_where_the_test_fails_the_rest_waits_for_it(client: Client, gorgias: FakeAccount) -> None:
    sent = filled(gorgias, store=examples.store().pk, **{OTHER: "key-of-somebody-else"})

    client.post(f"{ADD}?vendor=gorgias", sent)

    row = Connection.objects.get()
    assert states(client, row) == {"Credentials": "done", "Test": "bad", "Webhooks": "later"}
    assert row.webhooks_checked_at is None


@override_settings(PUBLIC_URL="http://127.0.0.1:8000", ALLOW_LOOPBACK_VENDORS=True)
def test_a_real_vendor_is_not_told_of_an_address_that_it_cannot_reach(client: Client) -> None:
    row = examples.healthy(examples.store(), "gorgias")

    page = client.get(pages.change(row)).content.decode()

    assert states(client, row)["Webhooks"] == "bad"
    assert "PUBLIC_URL is this machine itself" in page


def test_the_first_import_is_shown_as_it_goes_on_and_the_page_looks_again(client: Client) -> None:
    shop = examples.healthy(examples.store(), "shopify")
    now = timezone.now()
    at = {"asked_at": now, "due_at": now}
    before = states(client, shop)
    half = Import.objects.create(connection=shop, kind="order", state="reading", read=40, total=90, **at)
    page = client.get(pages.change(shop)).content.decode()
    half.state = "done"
    half.save()

    assert before["First import"] == "now"
    assert "Orders: 40 of about 90 read" in page
    assert 'data-refresh="3"' in page
    assert states(client, shop)["First import"] == "done"


def test_steps_leave_the_page_once_they_are_done_for_a_day(client: Client, works: Connection) -> None:
    Connection.objects.update(created_at=timezone.now() - timedelta(days=2))

    assert states(client, works) == {}


def test_what_a_client_has_is_not_offered_again_nor_another_shop_system(client: Client) -> None:
    row = examples.healthy(examples.store(platform="woocommerce"), "klaviyo")

    page = client.get(ADD, {"store": row.store_id}).content.decode()

    assert pages.change(row) in page
    assert "vendor=gorgias" in page
    assert "vendor=klaviyo" not in page
    assert "vendor=shopify" not in page


def test_refused_credentials_do_not_take_the_place_of_those_that_work(
    client: Client, works: Connection, gorgias: FakeAccount
) -> None:
    answer = client.post(pages.change(works), filled(gorgias, **{OTHER: "mistyped"}))

    works.refresh_from_db()
    assert "still works, and stays as it is" in errors(answer)
    assert works.credentials() == gorgias.credentials
    assert works.health == "healthy"


def test_they_are_stored_all_the_same_when_somebody_says_so(
    client: Client, works: Connection, gorgias: FakeAccount
) -> None:
    client.post(pages.change(works), filled(gorgias, store_anyway="on", **{OTHER: "not-valid-yet"}))

    works.refresh_from_db()
    assert works.credentials()["api_key"] == "not-valid-yet"
    assert works.health == "attention"


def test_credentials_of_another_account_are_told_of(
    client: Client, works: Connection, gorgias: FakeAccount
) -> None:
    other = FakeAccount(gorgias.url, "gorgias")

    answer = client.post(pages.change(works), filled(other))
    other.close()

    works.refresh_from_db()
    assert f"another account, {other.name}" in errors(answer)
    assert works.credentials() == gorgias.credentials


def test_new_credentials_lose_nothing(client: Client, works: Connection, gorgias: FakeAccount) -> None:
    works.resources = {"hold_list": "X1"}
    works.save()
    Cursor.objects.create(connection=works, stream="poll", watermark="2026-11-20")
    token, secret = works.token, {"credential_webhook_secret": "a-new-one"}

    answer = client.post(pages.change(works), filled(gorgias, **secret))

    works.refresh_from_db()
    assert answer.status_code == 302
    said = [str(each) for each in get_messages(answer.wsgi_request)]
    assert said[-1] == "5 of 5 webhooks at Gorgias are active."
    assert works.credentials()["webhook_secret"] == "a-new-one"
    assert works.rotated_at is not None
    assert (works.token, works.resources, works.cursors.get().watermark) == (
        token,
        {"hold_list": "X1"},
        "2026-11-20",
    )

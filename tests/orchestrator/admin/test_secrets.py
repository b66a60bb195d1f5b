"""No page shows a secret: neither as it is nor encrypted, neither after a mistake nor in the history."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse

from connectors.models import Connection
from orchestrator.models import RunLogEntry
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import KEY, SECRET, World

NEW = "pk_new_77aa66bb55"


@pytest.fixture
def client(ours: World, enter: Callable[[User], Client]) -> Client:
    return enter(ours.root)


def secrets() -> set[str]:
    sealed = {value for row in Connection.objects.all() for value in row.sealed.values()}
    return {KEY, SECRET, *sealed}


def test_no_page_shows_a_secret(ours: World, client: Client) -> None:
    hidden = secrets()
    assert len(hidden) > 4

    for path in [*pages.all_of(ours), *(pages.of(ours.gorgias)), *pages.of(ours.klaviyo)]:
        page = client.get(path).content.decode()

        assert not [secret for secret in hidden if secret in page], path


def test_a_form_with_a_mistake_does_not_give_a_secret_back(ours: World, client: Client) -> None:
    sent = {"poll_every": "often", "credential_private_key": NEW}

    page = client.post(pages.change(ours.klaviyo), sent).content.decode()

    assert "Enter a whole number." in page
    assert not [secret for secret in {NEW, *secrets()} if secret in page]


def test_a_secret_that_is_refused_is_not_repeated(ours: World, client: Client) -> None:
    sent = {"poll_every": 60, "credential_private_key": "pk two words"}

    page = client.post(pages.change(ours.klaviyo), sent).content.decode()

    assert "no spaces" in page
    assert "pk two words" not in page


@override_settings(ALLOW_LOOPBACK_VENDORS=True)
def test_a_new_secret_is_in_no_history(ours: World, client: Client) -> None:
    """The address leads nowhere, so the test that follows the saving fails, without a word of the key."""
    sent = {"poll_every": 60, "credential_private_key": NEW, "api_root": "http://127.0.0.1:9/klaviyo"}

    client.post(pages.change(ours.klaviyo), sent, follow=True)

    ours.klaviyo.refresh_from_db()
    assert ours.klaviyo.credentials() == {"private_key": NEW}
    written = [*LogEntry.objects.values_list("change_message", flat=True), ours.klaviyo.finding]
    written += [str(entry.details) for entry in RunLogEntry.objects.all()]
    history = client.get(reverse("admin:connectors_connection_history", args=[ours.klaviyo.pk]))
    assert NEW not in "".join([*written, history.content.decode()])


def test_the_export_holds_no_secret(client: Client) -> None:
    answer = client.get(reverse("admin:orchestrator_runlogentry_export"))

    told = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert not [secret for secret in secrets() if secret in told]


def test_the_address_of_a_connection_is_shown_to_those_who_may_see_it(ours: World, client: Client) -> None:
    page = client.get(pages.change(ours.gorgias)).content.decode()

    assert f"/hooks/{ours.gorgias.token}/" in page
    assert examples.NOW.strftime("%Y") in page

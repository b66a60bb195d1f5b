"""Ledgers can be read, and that is all, whoever asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse

from orchestrator.models import (
    Attention,
    Delivery,
    Enrolment,
    InboxEvent,
    OutboxAction,
    RunLogEntry,
    Suppression,
    VendorState,
)
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import World

LEDGERS = [Attention, Delivery, Enrolment, InboxEvent, OutboxAction, RunLogEntry, Suppression, VendorState]


@pytest.fixture
def client(ours: World, enter: Callable[[User], Client]) -> Client:
    """Even an administrator."""
    return enter(ours.root)


def test_a_held_campaign_is_shown_with_why_it_is_taken_to_feature_the_product(
    ours: World, client: Client
) -> None:
    cause = Suppression.objects.order_by("pk").first()
    assert cause is not None
    told = "“Summer sale” (email): tagged “product:LS-RED”"
    held = examples.suppression(cause.rule, "01J0CAMPAIGN", told=told, subject_kind="campaign")

    listed = client.get(reverse("admin:orchestrator_suppression_changelist")).content.decode()
    page = client.get(pages.of(held)[0]).content.decode()

    assert told in listed
    assert told in page


@pytest.mark.parametrize("model", LEDGERS)
def test_nothing_is_added_changed_or_deleted(model: type[Model], client: Client) -> None:
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    before = model_to_dict(row)
    everything = dict.fromkeys(before, "taken over") | {"post": "yes", "_save": "Save"}
    change, _, delete = pages.of(row)

    refused = [client.post(path, everything).status_code for path in (pages.add(model), change, delete)]

    assert refused == [403, 403, 403]
    row.refresh_from_db()
    assert model_to_dict(row) == before


@pytest.mark.parametrize("model", LEDGERS)
def test_rows_cannot_be_deleted_in_bulk(model: type[Model], client: Client) -> None:
    count = model._default_manager.count()
    sent = {"action": "delete_selected", "_selected_action": [row.pk for row in model._default_manager.all()]}

    client.post(pages.changelist(model), sent)

    assert model._default_manager.count() == count


@pytest.mark.parametrize("model", LEDGERS)
def test_every_ledger_is_on_a_page_that_offers_no_way_to_write(model: type[Model], client: Client) -> None:
    row = model._default_manager.order_by("pk").first()
    assert row is not None

    page = client.get(pages.change(row)).content.decode()

    assert 'name="_save"' not in page
    assert pages.add(model) not in client.get(pages.changelist(model)).content.decode()


def test_no_page_of_the_console_deletes_in_bulk() -> None:
    names = {name for page in admin.site._registry.values() for name in (page.actions or ())}

    assert "delete_selected" not in names | {name for name, _ in admin.site.actions}


def test_a_client_is_never_deleted_for_its_ledger_would_go_with_it(ours: World, client: Client) -> None:
    path = reverse("admin:connectors_store_delete", args=[ours.store.pk])

    assert client.post(path, {"post": "yes"}).status_code == 403

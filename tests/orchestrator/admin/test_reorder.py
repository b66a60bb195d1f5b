"""Reorder drafts are worked with in the console: filled in, put on order, exported."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orchestrator.models import ReorderDraft, RunLogEntry
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
EXPORT = "admin:orchestrator_reorderdraft_export"


def draft(world: World) -> ReorderDraft:
    return ReorderDraft.objects.get(store=world.store)


def exported(client: Client, asked: str = "") -> list[dict[str, str]]:
    answer = client.get(reverse(EXPORT) + asked)
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.content.decode())))


def test_staff_fill_in_a_draft(ours: World, maya: User, enter: Enter) -> None:
    sent = {"variant": "", "sku": "SKU-9", "supplier": "Zenith Ltd", "quantity": 60, "state": "on_order"}

    enter(maya).post(pages.change(draft(ours)), {**sent, "stock": 999, "title": "Other", "_save": "Save"})

    row = draft(ours)
    assert (row.supplier, row.quantity, row.state, row.sku) == ("Zenith Ltd", 60, "on_order", "SKU-9")
    assert (row.stock, row.title) == (4, f"Linen shirt of {ours.store}")


def test_several_drafts_are_put_on_order_at_once(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    over = examples.reorder(ours.store, 2, "good", recovered_at=NOW)
    rows = list(ReorderDraft.objects.values_list("pk", flat=True))

    enter(maya).post(pages.changelist(ReorderDraft), {"action": "put_on_order", "_selected_action": rows})

    over.refresh_from_db()
    assert (draft_states(ours), draft_states(theirs), over.state) == (
        {"on_order", "good"},
        {"order_now"},
        "good",
    )
    assert "1 draft" in RunLogEntry.objects.get(code="work_retried").details["told"]


def draft_states(world: World) -> set[str]:
    return set(ReorderDraft.objects.filter(store=world.store).values_list("state", flat=True))


def test_the_list_opens_on_what_is_open(ours: World, maya: User, enter: Enter) -> None:
    examples.reorder(ours.store, 2, "good", title="Recovered hat", recovered_at=NOW)
    client = enter(maya)

    shown = {
        asked: "Recovered hat" in client.get(pages.changelist(ReorderDraft) + asked).content.decode()
        for asked in ("", "?state=critical", "?state=good", "?state=all")
    }

    assert shown == {"": False, "?state=critical": False, "?state=good": True, "?state=all": True}


def test_a_draft_is_neither_added_nor_deleted(ours: World, enter: Enter) -> None:
    client = enter(ours.root)
    _, _, delete = pages.of(draft(ours))

    assert client.post(pages.add(ReorderDraft)).status_code == 403
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert ReorderDraft.objects.count() == 1


def test_the_export_holds_every_column_and_our_clients_only(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    (row,) = exported(enter(maya))

    assert row == {
        "store": ours.store.slug,
        "product": "shopify:product:8001",
        "title": f"Linen shirt of {ours.store}",
        "variants": "",
        "sku": "SKU-8001",
        "supplier": "Acme",
        "quantity": "40",
        "stock": "4",
        "threshold": "12",
        "state": "order_now",
        "opened_at": "2026-11-22T10:30:00.000000Z",
        "recovered_at": "",
    }
    assert RunLogEntry.objects.get(code="reorders_exported").details["by"] == "maya"


def test_the_export_follows_the_filters_and_holds_no_formula(ours: World, maya: User, enter: Enter) -> None:
    examples.reorder(ours.store, 2, "good", supplier="=1+1", recovered_at=NOW, stock=-3)

    (row,) = exported(enter(maya), "?state=good")

    assert (row["supplier"], row["stock"], row["state"]) == ("'=1+1", "-3", "good")


@pytest.mark.parametrize("granted", [[], ["view_rule"]])
def test_the_export_needs_the_permission(granted: list[str], ours: World, enter: Enter) -> None:
    reviewer = User.objects.create_user("reviewer", password=examples.PASSWORD, is_staff=True)
    reviewer.user_permissions.set(examples.permissions(*granted))

    assert enter(reviewer).get(reverse(EXPORT)).status_code == 403

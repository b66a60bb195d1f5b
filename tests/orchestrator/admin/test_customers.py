"""A customer is found from every page, and their page says what holds, what happened and why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connectors.models import Store
from orchestrator.decide import lease
from orchestrator.models import CustomerRecord, RunLogEntry, Suppression
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
ANA = "ana@north-ridge-outfitters.test"
SEARCH = reverse("admin:customers")


def held(world: World) -> Suppression:
    return Suppression.objects.get(store=world.store)


def lift_url(world: World) -> str:
    return reverse("admin:orchestrator_suppression_lift", args=[held(world).pk])


def test_every_page_offers_to_find_a_customer(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)

    pages_seen = [
        client.get(path).content.decode() for path in (reverse("admin:index"), pages.change(ours.rule))
    ]

    assert all(f'action="{SEARCH}"' in page for page in pages_seen)


@pytest.mark.parametrize("typed", [ANA, f"  {ANA.upper()} "])
def test_an_address_leads_straight_to_the_person(typed: str, ours: World, maya: User, enter: Enter) -> None:
    answer = enter(maya).get(SEARCH, {"q": typed}, follow=True)

    assert answer.request["PATH_INFO"] == reverse("admin:customer", args=[ours.store.pk])
    assert "Held: yes, because of Gorgias ticket 8001." in answer.content.decode()


def test_one_address_at_two_clients_is_a_choice(ours: World, enter: Enter) -> None:
    other = examples.store("Harbor Tea")
    examples.entry(other, subject=ANA)

    page = enter(ours.root).get(SEARCH, {"q": ANA}).content.decode()

    assert "2 people" in page
    assert pages.customer(other, "").split("?")[0] in page


def test_a_telephone_number_leads_to_the_person(ours: World, maya: User, enter: Enter) -> None:
    record = CustomerRecord.objects.filter(store=ours.store)[0]
    CustomerRecord.objects.filter(pk=record.pk).update(phone="+15551234567")
    client = enter(maya)

    answer = client.get(SEARCH, {"q": "+1 555 123 4567"}, follow=True)
    page = client.get(reverse("admin:customer", args=[ours.store.pk]), {"phone": "+15551234567"})
    records = client.get(reverse("admin:orchestrator_customerrecord_changelist"), {"q": "+1 555 123 4567"})

    assert answer.request["PATH_INFO"] == reverse("admin:customer", args=[ours.store.pk])
    assert "Nothing is known" not in page.content.decode()
    assert [each.pk for each in records.context["cl"].result_list] == [record.pk]


def test_nobody_is_an_answer_with_advice(ours: World, maya: User, enter: Enter) -> None:
    page = enter(maya).get(SEARCH, {"q": "who@shop.test"}).content.decode()

    assert "Nobody is known as “who@shop.test”." in page
    assert "whole e-mail address" in page


def test_a_foreign_customer_is_nobody(theirs: World, maya: User, enter: Enter) -> None:
    client, subject = enter(maya), held(theirs).subject

    found = client.get(SEARCH, {"q": subject}).content.decode()
    page = client.get(pages.customer(theirs.store, subject))

    assert f"Nobody is known as “{subject}”" in found
    assert page.status_code == 404
    assert client.get(lift_url(theirs)).status_code == 404


def test_without_the_run_log_there_is_no_search(ours: World, enter: Enter) -> None:
    user = User.objects.create_user("kim", password=examples.PASSWORD, is_staff=True)
    ours.store.staff.add(user)

    assert enter(user).get(SEARCH).status_code == 403
    assert enter(user).get(pages.customer(ours.store, ANA)).status_code == 403


def test_the_page_tells_each_no_with_its_reason_and_leads_to_the_facts(
    ours: World, maya: User, enter: Enter
) -> None:
    page = enter(maya).get(pages.customer(ours.store, ANA)).content.decode()

    assert "No from “Tag wholesale buyers”, version 3" in page
    facts = RunLogEntry.objects.filter(store=ours.store, subject=ANA)
    assert all(pages.change(row) in page for row in facts)


def test_a_customer_costs_the_same_however_much_is_known(ours: World, maya: User, enter: Enter) -> None:
    client, path = enter(maya), pages.customer(ours.store, ANA)
    with CaptureQueriesContext(database) as few:
        client.get(path)
    for number in range(30):
        examples.entry(ours.store, subject=ANA, reference=f"gorgias:ticket:{number}")
        examples.suppression(ours.rule, ANA, number + 1)

    with CaptureQueriesContext(database) as many:
        client.get(path)

    assert len(many) == len(few) <= 18


def test_a_hold_is_lifted_with_a_reason(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)

    asked = client.get(lift_url(ours)).content.decode()
    answer = client.post(lift_url(ours), {"because": "The ticket is a test of ours."}, follow=True)

    row, line = held(ours), RunLogEntry.objects.get(code="hold_lifted")
    assert "This cause ends now" in asked
    assert "Held: no." in answer.content.decode()
    assert (row.closed_because, line.subject, line.kind) == ("lifted_by_hand", ANA, "staff")
    assert (line.details["by"], line.details["because"]) == ("maya", "The ticket is a test of ours.")


def test_a_hold_is_lifted_once_and_never_without_a_reason(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)

    empty = client.post(lift_url(ours), {"because": " "}).content.decode()
    for _ in range(2):
        again = client.post(lift_url(ours), {"because": "Solved by phone."}, follow=True).content.decode()

    assert "This field is required" in empty
    assert "It had ended already." in again
    assert RunLogEntry.objects.filter(code="hold_lifted").count() == 1


def test_what_was_typed_stays_while_the_client_is_being_worked_on(
    ours: World, maya: User, enter: Enter
) -> None:
    with lease.held(ours.store.pk) as ours_now:
        page = enter(maya).post(lift_url(ours), {"because": "Solved by phone."}).content.decode()

    assert ours_now is not None
    assert "Press again." in page
    assert "Solved by phone." in page
    assert held(ours).closed_at is None


def test_who_may_only_read_cannot_lift(ours: World, enter: Enter) -> None:
    reader = User.objects.create_user("rea", password=examples.PASSWORD, is_staff=True)
    reader.user_permissions.set(examples.permissions("view_runlogentry", "view_suppression"))
    ours.store.staff.add(reader)
    client = enter(reader)

    page = client.get(pages.customer(ours.store, ANA)).content.decode()

    assert "Held by" in page
    assert lift_url(ours) not in page
    assert client.post(lift_url(ours), {"because": "Why not."}).status_code == 403
    assert Store.objects.filter(suppressions__closed_at=None).exists()


def test_the_longest_story_is_cut_and_says_so(ours: World, maya: User, enter: Enter) -> None:
    told = [examples.entry(ours.store, at=NOW, subject=ANA) for _ in range(3)]
    RunLogEntry.objects.bulk_create(
        RunLogEntry(
            store=ours.store, at=NOW, code="hold_opened", kind="suppression", outcome="held", subject=ANA
        )
        for _ in range(500 - len(told))
    )

    page = enter(maya).get(pages.customer(ours.store, ANA)).content.decode()

    assert "The newest 500 lines." in page

"""The kill switches in the console: who may pull them, what is asked first, what everybody sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orchestrator.models import Stop
from rules.models import Rule
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]
WHY = {"because": "They get the wrong text."}


@pytest.fixture(autouse=True)
def nothing_is_stopped(request: pytest.FixtureRequest, ours: World) -> None:
    Stop.objects.all().delete()


def new(**scope: int) -> str:
    return reverse("admin:orchestrator_stop_new") + "".join(f"?{name}={pk}" for name, pk in scope.items())


def lift(row: Stop) -> str:
    return reverse("admin:orchestrator_stop_lift", args=[row.pk])


def test_asking_says_what_will_wait_and_stops_nothing(ours: World, maya: User, enter: Enter) -> None:
    examples.action(ours.gorgias, 7, state="waiting")

    page = enter(maya).get(new(store=ours.store.pk)).content.decode()

    assert "1 effect due" in page
    assert not Stop.objects.exists()


def test_client_is_stopped_and_every_page_says_so(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)

    answer = client.post(new(store=ours.store.pk), WHY, follow=True)

    row = Stop.objects.in_force().get()
    assert (row.store, row.rule, row.by) == (ours.store, None, "maya")
    assert "Nothing is sent until you lift it." in answer.content.decode()
    for path in (reverse("admin:index"), pages.changelist(Rule), reverse("admin:operations")):
        page = client.get(path).content.decode()
        assert f"Stopped: {ours.store}." in page, path
        assert WHY["because"] in page, path


def test_stop_is_lifted_by_one_button(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    client.post(new(rule=ours.rule.pk), WHY)
    row = Stop.objects.get()

    by_looking = client.get(lift(row)).status_code
    page = client.post(lift(row), follow=True).content.decode()

    assert by_looking == 405
    assert "What waited goes on." in page
    assert 'class="stops"' not in page
    assert not Stop.objects.in_force().exists()


def test_reason_is_required(ours: World, maya: User, enter: Enter) -> None:
    page = enter(maya).post(new(store=ours.store.pk), {"because": " "}).content.decode()

    assert "This field is required." in page
    assert not Stop.objects.exists()


def test_stopping_twice_says_so(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    client.post(new(store=ours.store.pk), WHY)

    page = client.post(new(store=ours.store.pk), WHY, follow=True).content.decode()

    assert "Stopped already" in page
    assert Stop.objects.count() == 1


def test_everything_is_for_administrators_to_stop_and_for_all_to_see(
    ours: World, maya: User, enter: Enter
) -> None:
    staff, administrator = enter(maya), enter(ours.root)

    refused = [staff.get(new()).status_code, staff.post(new(), WHY).status_code]
    administrator.post(new(), WHY)
    row = Stop.objects.get()
    seen = staff.get(reverse("admin:index")).content.decode()

    assert refused == [403, 403]
    assert "Stopped: everything." in seen
    assert "Lift the stop" not in staff.get(pages.change(row)).content.decode()
    assert staff.post(lift(row)).status_code == 403
    assert administrator.post(lift(row)).status_code == 302


def test_stops_of_other_clients_are_not_found(ours: World, theirs: World, maya: User, enter: Enter) -> None:
    row = Stop.objects.filter(store=theirs.store).get()
    client = enter(maya)

    asked = [client.get(new(store=theirs.store.pk)), client.post(new(rule=theirs.rule.pk), WHY)]
    asked += [client.get(pages.change(row)), client.post(lift(row)), client.get(new(store=987654))]

    assert {answer.status_code for answer in asked} <= {302, 404}
    assert "Stopped:" not in client.get(reverse("admin:index")).content.decode()
    assert Stop.objects.in_force().get() == row


def test_who_may_not_change_rules_stops_nothing(ours: World, enter: Enter) -> None:
    reviewer = User.objects.create_user("reviewer", password=examples.PASSWORD, is_staff=True)
    ours.store.staff.add(reviewer)
    reviewer.user_permissions.set(examples.permissions("view_rule", "view_store", "view_connection"))
    client = enter(reviewer)

    assert client.post(new(store=ours.store.pk), WHY).status_code == 403
    assert "Stop this client" not in client.get(pages.change(ours.store)).content.decode()
    assert "Stop this rule" not in client.get(pages.change(ours.rule)).content.decode()


def test_buttons_lead_to_the_question(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)

    assert new(store=ours.store.pk) in client.get(pages.change(ours.store)).content.decode()
    assert new(rule=ours.rule.pk) in client.get(pages.change(ours.rule)).content.decode()
    assert new(store=ours.store.pk) in client.get(reverse("admin:operations")).content.decode()

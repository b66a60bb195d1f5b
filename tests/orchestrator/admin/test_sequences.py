"""Who is under way is seen by those who may, found, and ended with a reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from orchestrator import backlog
from orchestrator.act import stops
from orchestrator.decide import lease
from orchestrator.models import Enrolment, OutboxAction, RunLogEntry
from orchestrator.record import explain
from rules.models import Rule
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
LIST = pages.changelist(Enrolment)
WHY = {"because": "They called us."}


def running(world: World) -> Enrolment:
    return Enrolment.objects.get(store=world.store, reference="shopify:cart:8001")


def end_url(row: Enrolment) -> str:
    return reverse("admin:orchestrator_enrolment_end", args=[row.pk])


def test_the_list_shows_the_next_step_of_ones_own_clients(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    page = enter(maya).get(LIST).content.decode()

    assert ours.store.name in page
    assert running(ours).subject in page
    assert theirs.store.name not in page


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("?q=shopify:cart:8001", True),
        ("?q=shopify:cart:9", False),
        ("?state=ended", False),
        ("?state=all&step=text", True),
        ("?step=offer", False),
    ],
)
def test_it_is_searched_and_filtered(
    ours: World, maya: User, enter: Enter, query: str, is_shown: bool
) -> None:
    page = enter(maya).get(LIST + query).content.decode()

    assert (pages.change(running(ours)) in page) == is_shown


def test_a_rule_of_a_client_that_one_may_not_see_filters_to_nothing(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    Rule.objects.create(store=ours.store, name="Carts", recipe="cart_recovery")

    page = enter(maya).get(f"{LIST}?rule={theirs.rule.pk}").content.decode()

    assert theirs.store.name not in page
    assert pages.change(running(ours)) not in page


def test_it_is_ended_with_a_reason_and_what_was_not_sent_is_left_out(
    ours: World, maya: User, enter: Enter
) -> None:
    row, client = running(ours), enter(maya)
    fields = {"effect_key": "step:email:event", "reference": row.reference, "state": "waiting"}
    owed = examples.action(ours.gorgias, 77, subject=row.subject, rule=row.rule, settled_at=None, **fields)

    asked = client.get(end_url(row)).content.decode()
    answer = client.post(end_url(row), WHY, follow=True).content.decode()

    assert "The step “text”" in asked
    assert "Ended. Nothing more is sent by it." in answer
    row.refresh_from_db()
    owed.refresh_from_db()
    assert (row.state, row.ended_because) == ("ended", "ended_by_hand")
    assert (owed.state, owed.because) == (OutboxAction.State.SKIPPED, "somebody here ended it")
    line = RunLogEntry.objects.get(code="sequence_ended_by_hand")
    assert (line.details["by"], line.details["because"]) == ("maya", "They called us.")
    assert end_url(row) not in answer


def test_it_is_ended_once_and_never_without_a_reason(ours: World, maya: User, enter: Enter) -> None:
    row, client = running(ours), enter(maya)

    assert "This field is required" in client.post(end_url(row), {"because": ""}).content.decode()
    client.post(end_url(row), WHY)
    again = client.post(end_url(row), WHY, follow=True).content.decode()

    assert "It was over already" in again
    assert RunLogEntry.objects.filter(code="sequence_ended_by_hand").count() == 1


def test_while_the_client_is_being_decided_it_says_so_and_keeps_what_was_typed(
    ours: World, maya: User, enter: Enter
) -> None:
    with lease.held(ours.store.pk):
        page = enter(maya).post(end_url(running(ours)), WHY).content.decode()

    assert "Press again" in page
    assert WHY["because"] in page
    assert running(ours).state == "waiting"


def test_somebody_elses_or_without_the_permission_it_cannot_be_ended(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    other = Enrolment.objects.get(store=theirs.store)
    assert enter(maya).post(end_url(other), WHY).status_code == 404

    maya.user_permissions.remove(Permission.objects.get(codename="change_enrolment"))
    client = enter(User.objects.get(pk=maya.pk))

    assert client.post(end_url(running(ours)), WHY).status_code == 403
    assert end_url(running(ours)) not in client.get(pages.change(running(ours))).content.decode()


def test_what_comes_next_stands_in_the_story_of_the_customer(ours: World) -> None:
    told = [line.sentence for line in explain.timeline(ours.store, running(ours).subject, NOW)]

    assert any(each.startswith("The step “text” of") and "due at" in each for each in told)


def test_a_step_whose_time_has_come_is_work_that_waits(ours: World) -> None:
    row = running(ours)
    Enrolment.objects.filter(pk=row.pk).update(planned_for=NOW, due_at=NOW)

    found = {each.name: each.waiting for each in backlog.queues(NOW, stops.in_force())}

    assert found["steps"] == Enrolment.objects.filter(due_at__lte=NOW).count() == 1
    assert backlog.oldest_by_store(NOW)[ours.store.slug] <= NOW


def test_the_page_of_a_rule_with_steps_leads_to_who_is_under_way(
    ours: World, maya: User, enter: Enter
) -> None:
    carts = Rule.objects.create(store=ours.store, name="Carts", recipe="cart_recovery")

    shown = [
        f"{LIST}?rule={row.pk}" in enter(maya).get(pages.change(row)).content.decode()
        for row in (carts, ours.rule)
    ]

    assert shown == [True, False]

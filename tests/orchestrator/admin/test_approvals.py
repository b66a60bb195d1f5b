"""Approvals in the console: who may answer, what they see of it, and what is written down."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orchestrator.models import Approval, RunLogEntry
from rules.models import Rule
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]


def asked(world: World) -> Approval:
    return Approval.objects.get(store=world.store)


def answer(row: Approval) -> str:
    return reverse("admin:orchestrator_approval_answer", args=[row.pk])


def reviewer(world: World) -> User:
    user = User.objects.create_user("rita", is_staff=True)
    user.user_permissions.set(examples.permissions("view_approval", "view_rule", "view_store"))
    world.store.staff.add(user)
    return user


def test_page_shows_whom_it_would_reach_with_what(ours: World, maya: User, enter: Enter) -> None:
    row = asked(ours)
    examples.action(ours.gorgias, 71, "parked", approval=row, subject="eve@shop.test")

    page = enter(maya).get(pages.change(row)).content.decode()

    assert "eve@shop.test" in page
    assert "Tag ticket" in page
    assert "… and 2 more" in page
    assert 'value="approved">Approve' in page


@pytest.mark.parametrize("said", ["approved", "rejected"])
def test_answer_is_written_down_with_name_and_reason(
    ours: World, maya: User, enter: Enter, said: str
) -> None:
    row = asked(ours)
    client = enter(maya)

    client.post(answer(row), {"answer": said, "because": "It is a sale."})
    again = client.post(answer(row), {"answer": "rejected"}, follow=True).content.decode()

    row.refresh_from_db()
    assert (row.answer, row.decided_by, row.because) == (said, "maya", "It is a sale.")
    line = RunLogEntry.objects.get(code=f"approval_{said}")
    assert (line.kind, line.details["by"], line.details["because"]) == ("staff", "maya", "It is a sale.")
    assert "nothing to answer any more" in again


@pytest.mark.parametrize(("action", "said"), [("approve", "approved"), ("reject", "rejected")])
def test_several_are_answered_from_the_list_but_not_those_of_others(
    ours: World, theirs: World, maya: User, enter: Enter, action: str, said: str
) -> None:
    rows = list(Approval.objects.values_list("pk", flat=True))

    enter(maya).post(pages.changelist(Approval), {"action": action, "_selected_action": rows})

    assert (asked(ours).answer, asked(theirs).answer) == (said, "")


def test_neither_strangers_nor_reviewers_answer(ours: World, theirs: World, maya: User, enter: Enter) -> None:
    sent = {"answer": "approved"}

    assert enter(maya).post(answer(asked(theirs)), sent).status_code == 404
    reads_only = enter(reviewer(ours))
    assert reads_only.post(answer(asked(ours)), sent).status_code == 403
    assert "Approve</button>" not in reads_only.get(pages.change(asked(ours))).content.decode()
    assert enter(maya).get(answer(asked(ours))).status_code == 405
    assert {asked(ours).answer, asked(theirs).answer} == {""}


def test_nonsense_is_no_answer(ours: World, maya: User, enter: Enter) -> None:
    page = enter(maya).post(answer(asked(ours)), {"answer": "expired"}, follow=True).content.decode()

    assert "Choose approve or reject" in page
    assert asked(ours).answer == ""


def test_attention_leads_to_the_question(ours: World, maya: User, enter: Enter) -> None:
    row = asked(ours)
    examples.attention(ours.store, "approval_waiting", "It asks.", reference=f"approval:{row.pk}")

    page = enter(maya).get(reverse("admin:orchestrator_attention_changelist")).content.decode()

    assert pages.change(row) in page


def test_limits_are_edited_with_the_rule_and_need_no_publishing(
    ours: World, maya: User, enter: Enter
) -> None:
    client = enter(maya)
    sent = {"name": ours.rule.name, "customers_per_hour": 50, "share_of_customers": 5, "approve_above": ""}

    client.post(pages.change(ours.rule), {**form(ours.rule), **sent})
    page = client.get(pages.change(ours.rule)).content.decode()

    row = Rule.objects.get(pk=ours.rule.pk)
    assert (row.customers_per_hour, row.share_of_customers, row.approve_above) == (50, 5, None)
    assert "At most 50 customers an hour and 5 % of the known customers in 24 hours." in page
    fields = RunLogEntry.objects.get(code="rule_changed").details["fields"]
    assert {"customers_per_hour", "share_of_customers"} <= set(fields)


@pytest.mark.parametrize(("field", "value"), [("customers_per_hour", 0), ("share_of_customers", 101)])
def test_a_limit_that_makes_no_sense_is_refused(
    ours: World, maya: User, enter: Enter, field: str, value: int
) -> None:
    page = enter(maya).post(pages.change(ours.rule), {**form(ours.rule), field: value}).content.decode()

    assert "Ensure this value is" in page
    assert getattr(Rule.objects.get(pk=ours.rule.pk), field) is None


def form(rule: Rule) -> dict[str, object]:
    """What a browser would send of the recipe's own fields."""
    return {"name": rule.name, "param_method": "list", "param_grace_minutes": 0, "param_max_age_days": 30}

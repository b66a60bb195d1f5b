"""Assessments in the console: drafts for the gaps, evidence beside answers, links, export, deletion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from assessment import attempts, links
from assessment.models import Assessment, AuditRequest, Invitation
from orchestrator.admin import assessment_drafts
from orchestrator.models import Attention, RunLogEntry
from orchestrator.work import look_after_assessments
from rules import registry
from rules.models import Rule
from tests.orchestrator.admin import assessed, examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]


@pytest.fixture
def result(ours: World) -> Assessment:
    return Assessment.objects.get(store=ours.store, finished_at__isnull=False)


def button(name: str, row: Assessment) -> str:
    return reverse(f"admin:assessment_assessment_{name}", args=[row.pk])


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_the_list_shows_level_trend_and_gaps(ours: World, maya: User, enter: Enter) -> None:
    assessed.finished(ours.store, NOW + timedelta(days=90), *assessed.YES, "ticket_hold", "cart_steps")

    page = text(enter(maya), pages.changelist(Assessment))

    assert "Level 3 · 5 yes" in page
    assert "▲ +2 yes" in page
    assert (
        "1. Remind in three steps, by e-mail and SMS<br>2. Follow up on what was really bought<br>3. " in page
    )


def test_answers_stand_beside_what_the_accounts_show(result: Assessment, maya: User, enter: Enter) -> None:
    page = text(enter(maya), pages.change(result))

    assert "Worth talking about" in page
    assert "Our rule “Hold” of North Ridge Outfitters is live." in page
    assert "Cannot see" in page
    assert enter(maya).get(pages.change(result)).context["panel"]["differences"][0].number == 7


def test_a_gap_whose_recipe_exists_becomes_a_draft(
    result: Assessment, ours: World, maya: User, enter: Enter
) -> None:
    Rule.objects.filter(recipe="ticket_hold").update(recipe="custom", name="Something else")
    Rule.objects.filter(recipe="cart_recovery").update(recipe="custom")
    client = enter(maya)
    panel = client.get(pages.change(result)).context["panel"]
    known = set(registry.all_recipes())
    assert {c.recipe: c.is_available for _, c in panel["gaps"]} == {
        slug: slug in known for slug in ("cart_recovery", "post_purchase", "ticket_hold")
    }

    for _ in range(2):
        client.post(button("drafts", result), {"recipe": ["ticket_hold", "vip", "custom", "no_such"]})

    rule = Rule.objects.get(store=ours.store, recipe="ticket_hold")
    assert (rule.mode, rule.version) == ("draft", None)
    assert set(Rule.objects.filter(store=ours.store)) == {ours.rule, ours.custom, ours.carts, rule}
    assert RunLogEntry.objects.filter(code="drafts_created", store=ours.store).count() == 1


def test_what_the_client_has_already_is_not_drafted_again(
    result: Assessment, ours: World, maya: User, enter: Enter
) -> None:
    enter(maya).post(button("drafts", result), {"recipe": "ticket_hold"})

    assert Rule.objects.filter(recipe="ticket_hold").count() == 1
    assert assessment_drafts.closings(result, ["ticket_hold"])["ticket_hold"].rule == ours.rule


def test_buttons_need_the_permission(result: Assessment, ours: World, enter: Enter) -> None:
    person = User.objects.create_user("ben", password=examples.PASSWORD, is_staff=True)
    person.user_permissions.set(examples.permissions("view_assessment"))
    ours.store.staff.add(person)
    client = enter(person)

    for name in ("drafts", "evidence", "revoke"):
        assert client.post(button(name, result)).status_code == 403, name
    assert links.edit_link(result) not in text(client, pages.change(result))
    assert client.get(reverse("admin:assessment_assessment_delete", args=[result.pk])).status_code == 403


def test_revoked_links_lead_nowhere(result: Assessment, maya: User, enter: Enter) -> None:
    attempts.share(result)
    old = [reverse("assessment:resume", args=[links.edit_link(result)]), links.share_url(result)]
    assert [Client().get(path).status_code for path in old] == [302, 200]

    enter(maya).post(button("revoke", result))

    assert [Client().get(path).status_code for path in old] == [404, 404]


def test_evidence_is_asked_for_by_a_button(result: Assessment, maya: User, enter: Enter) -> None:
    enter(maya).post(button("evidence", result))

    result.refresh_from_db()
    assert result.evidence_wanted_at is not None
    assert "The accounts are being read." in text(enter(maya), pages.change(result))


def test_the_export_holds_what_the_filters_leave(result: Assessment, maya: User, enter: Enter) -> None:
    Assessment.objects.filter(pk=result.pk).update(store_name="=HYPERLINK(1)")
    path = reverse("admin:assessment_assessment_export")

    answer = enter(maya).get(path)
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]

    assert len(lines) == 2
    assert lines[0].startswith("id,store,store_name,platform,revenue")
    assert ",ticket_hold,vip_queue," in lines[0]
    assert "'=HYPERLINK(1)" in lines[1]
    assert lines[1].endswith(",cart_steps after_purchase ticket_hold")
    assert RunLogEntry.objects.filter(code="assessments_exported").exists()


def test_one_is_exported_and_deleted_on_request(result: Assessment, maya: User, enter: Enter) -> None:
    client = enter(maya)
    told = client.get(reverse("admin:assessment_assessment_data", args=[result.pk])).json()
    assert told["result"]["score"] == 3

    client.post(pages.changelist(Assessment), {"action": "delete_chosen", "_selected_action": [result.pk]})

    assert not Assessment.objects.filter(pk=result.pk).exists()
    assert RunLogEntry.objects.filter(code="assessment_changed").exists()


def test_the_funnel_counts_what_one_may_see(ours: World, theirs: World, maya: User, enter: Enter) -> None:
    stages = enter(maya).get(reverse("admin:assessment_assessment_funnel")).context["stages"]

    assert [(each.label, each.count) for each in stages] == [
        ("Started", 2),
        ("Profile", 1),
        ("Cart and purchase", 1),
        ("Inventory and fulfilment", 1),
        ("Customer support", 1),
        ("Finished", 1),
        ("Asked for the call", 1),
    ]


def test_results_are_compared_over_time(result: Assessment, ours: World, maya: User, enter: Enter) -> None:
    assessed.finished(ours.store, NOW + timedelta(days=90), *assessed.YES, "ticket_hold")

    history = enter(maya).get(pages.change(result)).context["panel"]["history"]

    assert [each.score for each in history["attempts"]] == [3, 4]
    assert dict(history["areas"])["Customer support"] == ["1 of 2", "2 of 2"]
    assert [cell.text for cell in history["questions"][6][2]] == ["No", "Yes"]


def test_inviting_gives_a_link_that_can_be_revoked(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    sent = {"store": ours.store.pk, "expires_at_0": "2099-01-01", "expires_at_1": "12:00:00"}
    page = client.post(pages.add(Invitation), sent, follow=True).content.decode()
    made = Invitation.objects.latest("pk")

    assert links.invite_url(made) in page
    assert Client().get(links.invite_url(made)).status_code == 200
    client.post(pages.changelist(Invitation), {"action": "revoke", "_selected_action": [made.pk]})
    assert Client().get(links.invite_url(made)).status_code == 404


def test_a_clients_page_leads_to_its_invitation(ours: World, maya: User, enter: Enter) -> None:
    client, path = enter(maya), f"{pages.add(Invitation)}?store={ours.store.pk}"

    assert path in text(client, pages.change(ours.store))
    form = client.get(path).context["adminform"].form
    assert form.get_initial_for_field(form.fields["store"], "store") == str(ours.store.pk)


def test_a_call_is_seen_and_marked_as_done(ours: World, maya: User, enter: Enter) -> None:
    look_after_assessments(NOW)
    call = AuditRequest.objects.get()
    client = enter(maya)
    assert "audit call" in text(client, reverse("admin:index"))
    assert f"owner@{ours.store.slug}.test" in text(client, pages.change(call))

    client.post(pages.changelist(AuditRequest), {"action": "done", "_selected_action": [call.pk]})

    assert not Attention.objects.open().filter(code="audit_call_asked").exists()
    assert "Nobody waits" in text(client, pages.changelist(AuditRequest))

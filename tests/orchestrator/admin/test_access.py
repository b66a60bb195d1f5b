"""Nobody meets a row of a client they are not given: not on a page, in a list, a choice or an export."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from assessment.models import Assessment
from connectors.models import Connection
from orchestrator.models import Attention, Delivery
from rules.models import Rule
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]
FOR_ADMINISTRATORS = {"auth", "django_celery_beat"}
LEDGERS = {
    "suppression",
    "vendorstate",
    "delivery",
    "inboxevent",
    "outboxaction",
    "reorderdraft",
    "assessment",
    "auditrequest",
}


def scoped_lists() -> list[str]:
    kept = [each for each in pages.models() if each._meta.app_label not in FOR_ADMINISTRATORS]
    every = [pages.changelist(each) + "?state=all" for each in kept if each._meta.model_name in LEDGERS]
    return [pages.changelist(each) for each in kept] + every


def rows_of(world: World) -> list[str]:
    found = [page for row in world.rows() if not isinstance(row, User) for page in pages.of(row)]
    return [*found, reverse("admin:connectors_store_capabilities", args=[world.store.pk])]


def test_no_page_of_ours_names_the_other_client(ours: World, theirs: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    own = [pages.change(row) for row in ours.rows() if not isinstance(row, User)]

    for path in [reverse("admin:index"), *scoped_lists(), *own]:
        answer = client.get(path)

        assert answer.status_code == 200, path
        assert "zebra" not in answer.content.decode().lower(), path


def test_every_row_of_the_other_client_is_not_found(theirs: World, maya: User, enter: Enter) -> None:
    client = enter(maya)

    for path in rows_of(theirs):
        assert client.get(path).status_code in (403, 404), path
        assert client.post(path, {"name": "taken over"}).status_code in (403, 404), path
    assert {client.get(pages.change(row)).status_code for row in theirs.rows()[1:]} == {404}


def test_buttons_of_the_other_client_are_not_found(theirs: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    buttons = [
        reverse(f"admin:connectors_connection_{name}", args=[theirs.gorgias.pk])
        for name in ("test", "webhooks", "hold-list")
    ]
    buttons.append(reverse("admin:rules_rule_mode", args=[theirs.rule.pk]))
    result = Assessment.objects.get(store=theirs.store, finished_at__isnull=False)
    names = ("drafts", "evidence", "revoke")
    buttons += [reverse(f"admin:assessment_assessment_{name}", args=[result.pk]) for name in names]

    assert {client.post(path, {"mode": "paused"}).status_code for path in buttons} == {404}
    theirs.rule.refresh_from_db()
    assert theirs.rule.mode == Rule.Mode.LIVE


def test_a_page_that_does_not_exist_looks_like_a_foreign_one(theirs: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    nothing = reverse("admin:rules_rule_change", args=[987654])

    foreign, missing = client.get(pages.change(theirs.rule)), client.get(nothing)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.content == missing.content


@pytest.mark.parametrize("model", ["connection", "rule"])
def test_choices_hold_our_clients_only(
    model: str, ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    app = {"connection": "connectors", "rule": "rules"}[model]
    asked = {"app_label": app, "model_name": model, "field_name": "store", "term": ""}

    offered = enter(maya).get(reverse("admin:autocomplete"), asked).json()["results"]

    assert [each["text"] for each in offered] == [ours.store.name]


def test_a_foreign_client_cannot_be_chosen(theirs: World, maya: User, enter: Enter) -> None:
    path = pages.add(Connection) + "?vendor=klaviyo"
    sent = {"store": theirs.store.pk, "poll_every": 60, "credential_private_key": "pk_1"}
    Connection.objects.filter(store=theirs.store).delete()

    answer = enter(maya).post(path, sent)

    assert "Select a valid choice" in answer.content.decode()
    assert not Connection.objects.filter(store=theirs.store).exists()


def test_an_action_leaves_foreign_rows_alone(ours: World, theirs: World, maya: User, enter: Enter) -> None:
    rows = Delivery.objects.all()
    sent = {"action": "read_again", "_selected_action": [row.pk for row in rows]}

    enter(maya).post(pages.changelist(Delivery), sent)

    states = {row.connection_id: row.state for row in rows.all()}
    assert states == {ours.gorgias.pk: "new", theirs.gorgias.pk: "quarantined"}


@pytest.mark.parametrize("asked", ["", "?client={}", "?q=ana@zebra-goods.test"])
def test_the_export_holds_our_rows_only(
    asked: str, ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    path = reverse("admin:orchestrator_runlogentry_export") + asked.format(theirs.store.pk)

    answer = enter(maya).get(path)

    assert "zebra" not in b"".join(answer.streaming_content).decode().lower()  # type: ignore[attr-defined]


def test_figures_count_our_clients_only(ours: World, theirs: World, maya: User, enter: Enter) -> None:
    answer = enter(maya).get(reverse("admin:index"))

    board = answer.context["dashboard"]
    assert [card.value for card in board.cards][:2] == ["1 of 2", "1"]
    assert [line.store for line in board.lines] == [ours.store]
    assert len(answer.context["needs"].waiting) == 2


def test_what_belongs_to_no_client_is_for_administrators(ours: World, maya: User, enter: Enter) -> None:
    examples.attention(None, "system_failed", "A part of the system failed.")

    seen = {
        user.username: "A part of the system" in enter(user).get(pages.changelist(Attention)).content.decode()
        for user in (maya, ours.root)
    }

    assert seen == {"maya": False, "root": True}


def test_an_administrator_sees_every_client(ours: World, theirs: World, enter: Enter) -> None:
    client = enter(ours.root)

    for path in [reverse("admin:index"), *scoped_lists()]:
        assert "zebra" in client.get(path).content.decode().lower(), path
    assert {client.get(pages.change(row)).status_code for row in theirs.rows()} == {200}


def test_nobody_gets_in_without_logging_in(ours: World) -> None:
    for path in [*pages.all_of(ours), reverse("admin:orchestrator_runlogentry_export")]:
        answer = Client().get(path)

        assert answer.status_code == 302, path
        assert answer["Location"].startswith(reverse("admin:login"))


def test_without_permissions_the_menu_holds_the_dashboard_only(ours: World, enter: Enter) -> None:
    newcomer = User.objects.create_user("newcomer", password=examples.PASSWORD, is_staff=True)
    ours.store.staff.add(newcomer)
    client = enter(newcomer)

    board = client.get(reverse("admin:index"))

    assert [link.label for _, links in board.context["menu"] for link in links] == ["Dashboard"]
    assert {client.get(pages.changelist(model)).status_code for model in pages.models()} == {403}
    assert client.get(reverse("admin:orchestrator_runlogentry_export")).status_code == 403


def test_one_permission_opens_one_list(ours: World, enter: Enter) -> None:
    reviewer = User.objects.create_user("reviewer", password=examples.PASSWORD, is_staff=True)
    ours.store.staff.add(reviewer)
    reviewer.user_permissions.set(examples.permissions("view_rule"))
    client = enter(reviewer)

    page = client.get(pages.change(ours.rule))

    assert page.status_code == 200
    assert "_save" not in page.content.decode()
    assert client.post(pages.change(ours.rule), {"name": "x"}).status_code == 403
    assert client.post(reverse("admin:rules_rule_mode", args=[ours.rule.pk])).status_code == 403
    assert client.get(pages.changelist(Connection)).status_code == 403


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (Connection, "sealed__private_key__startswith=g"),
        (Connection, "store__staff__password__startswith=md5"),
        (Connection, "token__startswith=a"),
        (Delivery, "body__contains=ana"),
        (User, "password__startswith=md5"),
    ],
)
def test_columns_cannot_be_probed_through_the_address(
    model: type, asked: str, ours: World, enter: Enter
) -> None:
    answer = enter(ours.root).get(f"{pages.changelist(model)}?{asked}")

    assert answer.status_code == 400


def test_the_first_step_of_adding_needs_the_permission_too(ours: World, enter: Enter) -> None:
    reviewer = User.objects.create_user("reviewer", password=examples.PASSWORD, is_staff=True)
    reviewer.user_permissions.set(examples.permissions("view_rule", "view_connection"))
    client = enter(reviewer)

    assert client.get(pages.add(Rule)).status_code == 403
    assert client.get(pages.add(Connection)).status_code == 403


def test_a_page_for_each_app_is_not_needed(ours: World, enter: Enter) -> None:
    assert enter(ours.root).get("/admin/connectors/")["Location"] == reverse("admin:index")
    assert enter(ours.root).get("/admin/nothing/").status_code == 404

"""Who works here, and what they may do: said by administrators, and by nobody about themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from tests.orchestrator.admin import examples, pages, people
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]


def test_nobody_raises_their_own_rights(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    raised = {"username": "maya", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    pages_of_people = [*pages.of(maya), pages.changelist(User), pages.add(User), pages.add(Group)]
    pages_of_people.append(reverse("admin:auth_user_password_change", args=[ours.root.pk]))

    for path in pages_of_people:
        assert client.get(path).status_code == 403, path
        assert client.post(path, raised).status_code == 403, path

    maya.refresh_from_db()
    assert not maya.is_superuser


def test_nobody_gives_themselves_a_client(ours: World, theirs: World, maya: User, enter: Enter) -> None:
    sent = {"name": "N", "slug": "n", "platform": "shopify", "currency": "USD", "timezone": "UTC"}
    kept = {"keep_deliveries": 30, "keep_events": 180, "keep_run_log": 400}

    rows = {"Store_staff-TOTAL_FORMS": 1, "Store_staff-INITIAL_FORMS": 0, "Store_staff-0-user": ours.root.pk}
    answer = enter(maya).post(pages.change(ours.store), {**sent, **kept, **rows})

    assert answer.status_code == 302
    assert list(ours.store.staff.all()) == [maya]
    assert list(maya.stores.all()) == [ours.store]


def test_names_of_people_are_not_offered_to_colleagues(ours: World, maya: User, enter: Enter) -> None:
    asked = {"app_label": "connectors", "model_name": "store_staff", "field_name": "user", "term": ""}

    assert enter(maya).get(reverse("admin:autocomplete"), asked).status_code == 403
    assert enter(ours.root).get(reverse("admin:autocomplete"), asked).status_code == 200


def test_an_administrator_gives_somebody_a_client(ours: World, enter: Enter) -> None:
    person = User.objects.create_user("ben", password=examples.PASSWORD, is_staff=True)
    prefix = "Store_staff"
    clients = {
        f"{prefix}-TOTAL_FORMS": 1,
        f"{prefix}-INITIAL_FORMS": 0,
        f"{prefix}-0-store": ours.store.pk,
        f"{prefix}-0-user": person.pk,
    }

    enter(ours.root).post(
        pages.change(person), {"username": "ben", "is_active": "on", "is_staff": "on", **clients}
    )

    assert list(ours.store.staff.all()) == [person]
    assert enter(person).get("/admin/").context["dashboard"].lines[0].store == ours.store


def test_a_group_gives_permissions_of_the_console_only(ours: World, enter: Enter) -> None:
    client = enter(ours.root)
    offered = client.get(pages.add(Group)).context["adminform"].form.fields["permissions"]
    labels = [label for _, label in offered.choices]
    view = Permission.objects.get(codename="view_runlogentry")

    client.post(pages.add(Group), {"name": "Reviewers", "permissions": [view.pk]})

    assert {"Run log: view", "Actions: act on", "Rules: change"} <= set(labels)
    assert not {"Run log: change", "Run log: delete", "Clients: delete"} & set(labels)
    assert not [label for label in labels if "session" in label.lower() or "user" in label.lower()]
    assert list(Group.objects.get(name="Reviewers").permissions.all()) == [view]


def test_a_group_opens_its_pages(ours: World, enter: Enter) -> None:
    group = Group.objects.create(name="Reviewers")
    group.permissions.set(examples.permissions("view_runlogentry"))
    person = User.objects.create_user("ben", password=examples.PASSWORD, is_staff=True)
    person.groups.add(group)
    ours.store.staff.add(person)

    board = enter(person).get("/admin/")

    labels = [link.label for _, links in board.context["menu"] for link in links]
    assert labels == ["Dashboard", "Run log"]
    assert "Marketing held" in enter(person).get("/admin/orchestrator/runlogentry/").content.decode()


def test_an_administrator_sees_every_client_and_says_who_works_here(
    ours: World, theirs: World, enter: Enter
) -> None:
    ada = people.in_role("Administrator", "ada")
    ben = people.in_role("Operator", "ben")
    client = enter(ada)
    sent = {"username": "ben", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    rows = {"Store_staff-TOTAL_FORMS": 1, "Store_staff-INITIAL_FORMS": 0, "Store_staff-0-user": ben.pk}

    board = client.get(reverse("admin:index")).context["dashboard"]
    client.post(pages.change(ben), {**sent, **rows, "Store_staff-0-store": theirs.store.pk})

    assert [line.store for line in board.lines] == [ours.store, theirs.store]
    assert list(ben.stores.all()) == [theirs.store]
    ben.refresh_from_db()
    assert not ben.is_superuser


def test_an_administrator_does_not_take_over_a_superuser(ours: World, enter: Enter) -> None:
    client = enter(people.in_role("Administrator", "ada"))
    root, password = pages.change(ours.root), reverse("admin:auth_user_password_change", args=[ours.root.pk])

    assert client.get(root).status_code == 200
    assert client.post(root, {"username": "taken"}).status_code == 403
    assert client.post(password, {"password1": "x", "password2": "x"}).status_code == 403
    assert client.post(pages.of(ours.root)[2], {"post": "yes"}).status_code == 403
    ours.root.refresh_from_db()
    assert ours.root.username == "root"


def test_roles_are_looked_at_and_not_changed(ours: World, enter: Enter) -> None:
    role = Group.objects.get(name="Client viewer")
    client = enter(ours.root)

    page = client.get(pages.change(role))

    assert "Run log: view" in page.content.decode()
    assert "_save" not in page.content.decode()
    assert client.post(pages.change(role), {"name": "Anybody"}).status_code == 403
    assert client.post(pages.of(role)[2], {"post": "yes"}).status_code == 403


def test_a_reviewer_signs_a_week_off_and_changes_nothing_else(ours: World, enter: Enter) -> None:
    client = enter(people.in_role("Reviewer", "rea", ours.store))
    path = reverse("admin:rollout", args=[ours.store.pk])

    statuses = [client.post(path, {button: "1"}).status_code for button in ("sign", "read", "decide")]

    assert statuses == [302, 403, 403]
    assert ours.store.reviews.get().signed_by == User.objects.get(username="rea")


@pytest.mark.django_db
def test_too_many_wrong_passwords_lock_the_door() -> None:
    examples.administrator()
    login = reverse("admin:login")
    wrong = {"username": "root", "password": "guess"}

    statuses = [Client().post(login, wrong).status_code for _ in range(8)]
    right = Client().post(login, {"username": "root", "password": examples.PASSWORD})

    assert statuses[0] == 200
    assert statuses[-1] == right.status_code
    assert right.status_code == 429
    assert "In 15 minutes you can try again" in right.content.decode()
    assert "ask an administrator" in right.content.decode()


def test_lock_outs_are_no_page_of_the_console(ours: World, enter: Enter) -> None:
    assert enter(ours.root).get("/admin/axes/accessattempt/").status_code == 404

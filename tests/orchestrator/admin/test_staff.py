"""Who works here, and what they may do: said by administrators, and by nobody about themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from tests.orchestrator.admin import examples, pages
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
    assert list(Group.objects.get().permissions.all()) == [view]


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


@pytest.mark.django_db
def test_too_many_wrong_passwords_lock_the_door() -> None:
    examples.administrator()
    login = reverse("admin:login")
    wrong = {"username": "root", "password": "guess"}

    statuses = [Client().post(login, wrong).status_code for _ in range(8)]
    right = Client().post(login, {"username": "root", "password": examples.PASSWORD})

    assert statuses[0] == 200
    assert statuses[-1] == right.status_code
    assert right.status_code in (403, 429)


def test_lock_outs_are_no_page_of_the_console(ours: World, enter: Enter) -> None:
    assert enter(ours.root).get("/admin/axes/accessattempt/").status_code == 404

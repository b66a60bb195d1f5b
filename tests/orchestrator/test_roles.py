"""The four roles are there after each migration, with what they may, and nobody's rights drift."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import connection

from connectors.models import ADMINISTER
from orchestrator import roles
from orchestrator.admin.base import ScopedAdmin

pytestmark = pytest.mark.django_db
NAMES = ["Administrator", "Client viewer", "Operator", "Reviewer"]


def given(name: str) -> set[str]:
    rows = Group.objects.get(name=name).permissions.select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}" for row in rows}


@pytest.mark.parametrize("role", roles.ROLES, ids=lambda role: role.name)
def test_an_installation_has_the_role_with_all_of_its_permissions(role: roles.Role) -> None:
    assert given(role.name) == role.permissions


def test_each_role_may_more_than_the_one_below_it() -> None:
    viewer, reviewer, operator, administrator = (given(role.name) for role in reversed(roles.ROLES))

    assert viewer < reviewer < operator < administrator
    assert {name for name in reviewer if ".view_" not in name} == {roles.SIGNS_WEEKS}
    assert ADMINISTER not in operator


def test_migrating_again_puts_back_what_drifted_and_adds_nothing() -> None:
    reviewer = Group.objects.get(name="Reviewer")
    reviewer.permissions.add(Permission.objects.get(codename="change_rule"))
    reviewer.permissions.remove(Permission.objects.get(codename="view_rule"))
    Group.objects.get(name="Operator").delete()

    roles.settle()
    roles.settle()

    assert sorted(Group.objects.values_list("name", flat=True)) == NAMES
    assert {role.name: given(role.name) for role in roles.ROLES} == {
        role.name: role.permissions for role in roles.ROLES
    }


def test_an_administrator_may_everything_that_a_page_asks_for() -> None:
    asked = {
        f"{model._meta.app_label}.{verb}_{model._meta.model_name}"
        for model, page in admin.site._registry.items()
        if isinstance(page, ScopedAdmin)
        for verb in page.verbs
    }

    on_a_rules_page = {"orchestrator.view_backtest", "orchestrator.add_backtest"}
    assert asked | on_a_rules_page == given("Administrator") - {ADMINISTER, roles.SIGNS_WEEKS}


def test_a_group_that_bore_the_name_before_gives_nobody_the_role() -> None:
    Permission.objects.get(codename="administer_store").delete()
    Group.objects.exclude(name="Administrator").delete()
    older, person = Group.objects.get(), User.objects.create_user("ben")
    older.permissions.clear()
    person.groups.add(older)
    migration = import_module("orchestrator.migrations.0026_roles")

    migration.make(apps, SimpleNamespace(connection=connection))
    roles.settle()

    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(
        [*NAMES, f"Administrator (own group {older.pk})"]
    )
    assert not User.objects.get(pk=person.pk).has_perm(ADMINISTER)


def test_migrating_back_and_forth_keeps_the_people_in_their_role() -> None:
    person = User.objects.create_user("ben")
    person.groups.add(Group.objects.get(name="Operator"))
    migration = import_module("orchestrator.migrations.0026_roles")

    migration.make(apps, SimpleNamespace(connection=connection))

    assert [group.name for group in person.groups.all()] == ["Operator"]
    assert Group.objects.count() == len(NAMES)

"""Addresses of the console."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from tests.orchestrator.admin.examples import World

FIXED = ["index", "password_change", "jsi18n"]


def changelist(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def add(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def change(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def of(row: Model) -> list[str]:
    """The pages of one row."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}"
    return [reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history", "delete")]


def models() -> list[type[Model]]:
    return list(admin.site._registry)


def all_of(world: World) -> Iterator[str]:
    """Every kind of page once, as an administrator sees it."""
    yield reverse("admin:index")
    yield reverse("admin:password_change")
    yield reverse("admin:operations")
    yield reverse("admin:orchestrator_stop_new")
    yield f"{reverse('admin:orchestrator_stop_new')}?store={world.store.pk}"
    yield f"{reverse('admin:orchestrator_stop_new')}?rule={world.rule.pk}"
    for model in models():
        yield changelist(model)
        yield changelist(model) + "?q=nobody"
    yield from [
        add(type(world.store)),
        add(type(world.store)) + "?_popup=1",
        add(type(world.gorgias)),
        add(type(world.gorgias)) + "?vendor=gorgias",
        add(type(world.gorgias)) + "?vendor=klaviyo",
        add(type(world.gorgias)) + "?vendor=slack",
        add(type(world.rule)),
        add(type(world.rule)) + "?recipe=ticket_hold",
        add(type(world.rule)) + "?recipe=custom",
        add(type(world.rule)) + "?recipe=reorder_alert",
        add(type(world.root)),
        reverse("admin:auth_group_add"),
        reverse("admin:auth_user_password_change", args=[world.root.pk]),
        reverse("admin:django_celery_beat_intervalschedule_add"),
        reverse("admin:django_celery_beat_crontabschedule_add"),
        reverse("admin:rules_rule_history", args=[world.rule.pk]),
        reverse("admin:auth_user_delete", args=[world.root.pk]),
    ]
    yield from (change(row) for row in world.rows())

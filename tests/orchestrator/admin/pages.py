"""Addresses of the console."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from connectors.models import Store
from orchestrator.models import Blueprint, Enrolment, Suppression
from tests.orchestrator.admin import ruled
from tests.orchestrator.admin.examples import World

OF_NOBODY = ("index", "password_change", "second_factor", "operations", "needs", "customers")


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


def customer(store: Store, email: str) -> str:
    return f"{reverse('admin:customer', args=[store.pk])}?email={email}"


def models() -> list[type[Model]]:
    return list(admin.site._registry)


def _asking_why(world: World) -> Iterator[str]:
    """Pages on which a person ends something."""
    names = {Suppression: "orchestrator_suppression_lift", Enrolment: "orchestrator_enrolment_end"}
    rows = [row for row in world.rows() if type(row) in names]
    yield from (reverse(f"admin:{names[type(row)]}", args=[row.pk]) for row in rows)


def _of_rules(world: World) -> Iterator[str]:
    yield reverse("admin:connectors_connection_campaigns", args=[world.klaviyo.pk])
    yield from (reverse("admin:rule_try", args=[row.pk]) for row in (world.rule, world.custom))
    yield reverse("admin:rule_scenario", args=[world.rule.pk])
    yield reverse("admin:rules_rule_people", args=[world.carts.pk])
    blueprints = (row.pk for row in world.others if isinstance(row, Blueprint))
    yield from (
        f"{reverse('admin:orchestrator_blueprint_push', args=[key])}?stores={world.store.pk}"
        for key in blueprints
    )
    yield reverse("admin:rules_rule_copy", args=[world.custom.pk])
    yield reverse("admin:rules_rule_version", args=[world.carts.pk, 2])
    for state in ("running", "cancelled", "done"):
        row = ruled.backtest(world.carts, state)
        yield reverse("admin:rules_rule_backtest", args=[row.rule_id, row.pk])
    yield reverse("admin:rules_rule_backtests", args=[world.carts.pk])


def all_of(world: World) -> Iterator[str]:
    """Every kind of page once, as an administrator sees it."""
    yield from (reverse(f"admin:{name}") for name in OF_NOBODY)
    yield reverse("admin:customers") + "?q=nobody"
    yield customer(world.store, f"ana@{world.store.slug}.test")
    yield customer(world.store, "nobody@shop.test")
    yield from _asking_why(world)
    yield from _of_rules(world)
    yield reverse("admin:rollout", args=[world.store.pk])
    yield reverse("admin:orchestrator_stop_new")
    yield f"{reverse('admin:orchestrator_stop_new')}?store={world.store.pk}"
    yield f"{reverse('admin:orchestrator_stop_new')}?rule={world.rule.pk}"
    yield reverse("admin:connectors_store_capabilities", args=[world.store.pk])
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

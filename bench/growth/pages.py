"""The pages of the console that are measured: the main ones by name, and every other one there is."""

from __future__ import annotations

from django.urls import resolve, reverse

from assessment.models import Assessment
from connectors.models import Connection, Store
from orchestrator.models import (
    Approval,
    Blueprint,
    Delivery,
    Enrolment,
    ExportJob,
    InboxEvent,
    OutboxAction,
    Product,
    ReorderDraft,
    RunLogEntry,
    Suppression,
)
from rules.models import Rule
from tests.orchestrator.admin import pages
from tests.orchestrator.admin.examples import World

LOG = "/admin/orchestrator/runlogentry/"


def main(world: World) -> dict[str, str]:
    """What staff call it → its address."""
    row = {type(each): each for each in world.others}
    push = reverse("admin:orchestrator_blueprint_push", args=[row[Blueprint].pk])
    return {
        "dashboard": reverse("admin:index"),
        "needs attention": reverse("admin:needs"),
        "operations": reverse("admin:operations"),
        **_of_the_log(world),
        "run log entry": pages.change(row[RunLogEntry]),
        **_of_a_client(world),
        **_of_rules(world),
        **_ledgers(),
        "blueprints": pages.changelist(Blueprint),
        "blueprint": pages.change(row[Blueprint]),
        "blueprint, push": f"{push}?stores={world.store.pk}",
        "assessments": pages.changelist(Assessment),
        "assessment": pages.change(row[Assessment]),
    }


def _of_the_log(world: World) -> dict[str, str]:
    return {
        "run log": LOG,
        "run log, failed": LOG + "?outcome__exact=failed",
        "run log, weekly review": LOG + "?look=holds",
        "run log, of a client": f"{LOG}?client={world.store.pk}",
        "run log, a customer": LOG + "?q=buyer7@shop.test",
        "run log, a trace": LOG + f"?q={7:032x}",
        "exports": pages.changelist(ExportJob),
    }


def _of_a_client(world: World) -> dict[str, str]:
    return {
        "clients": pages.changelist(Store),
        "client": pages.change(world.store),
        "client's set-up and weekly review": reverse("admin:rollout", args=[world.store.pk]),
        "client's tools": reverse("admin:connectors_store_capabilities", args=[world.store.pk]),
        "connections": pages.changelist(Connection),
        "connection": pages.change(world.klaviyo),
        "customer found": reverse("admin:customers") + "?q=buyer7@shop.test",
        "customer explained": pages.customer(world.store, "buyer5@shop.test"),
        "number looked for": reverse("admin:customers") + "?q=4711",
    }


def _of_rules(world: World) -> dict[str, str]:
    return {
        "rules": pages.changelist(Rule),
        "rule": pages.change(world.rule),
        "rule with steps": pages.change(world.carts),
        "rule, try-out": reverse("admin:rule_try", args=[world.custom.pk]),
        "rule, scenario": reverse("admin:rule_scenario", args=[world.carts.pk]),
        "rule, people under way": reverse("admin:rules_rule_people", args=[world.carts.pk]),
        "rule, backtests": reverse("admin:rules_rule_backtests", args=[world.carts.pk]),
    }


def _ledgers() -> dict[str, str]:
    return {
        "suppressions": pages.changelist(Suppression),
        "suppressions, stuck": pages.changelist(Suppression) + "?state=stuck",
        "suppressions, all": pages.changelist(Suppression) + "?state=all",
        "enrolments": pages.changelist(Enrolment),
        "enrolments, all": pages.changelist(Enrolment) + "?state=all",
        "actions, all": pages.changelist(OutboxAction) + "?state=all",
        "actions failed, by cause": reverse("admin:orchestrator_outboxaction_causes"),
        "approvals": pages.changelist(Approval),
        "reorders": pages.changelist(ReorderDraft),
        "products": pages.changelist(Product),
        "product found": pages.changelist(Product) + "?q=grown-7",
        "events, all": pages.changelist(InboxEvent) + "?state=all",
        "deliveries, all": pages.changelist(Delivery) + "?state=all",
    }


def others(world: World) -> dict[str, str]:
    """All that the tests open, with the name of the view."""
    known = set(main(world).values())
    found = {path: f"{resolve(path.partition('?')[0]).url_name} {path}" for path in pages.all_of(world)}
    return {name: path for path, name in found.items() if path not in known}

"""Every address of the console, and who may open it: what ``test_matrix`` holds the pages against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.urls import URLPattern, URLResolver, reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from assessment.models import Assessment
from orchestrator.models import Backtest
from tests.orchestrator.admin import examples, ruled
from tests.orchestrator.admin.examples import World

# What a table's pages let each role do: Administrator, Operator, Reviewer, Client viewer.
# v: its list, a row's page and its history; a: add; d: delete.
ROLES = ("Administrator", "Operator", "Reviewer", "Client viewer")
PAGES = {"changelist": "v", "change": "v", "history": "v", "add": "a", "delete": "d"}
EVERYBODY, OURS, ADMINISTRATORS = ("v", "v", "v", "v"), ("v", "v", "v", ""), ("v", "", "", "")
MODELS: dict[str, tuple[str, str, str, str]] = {
    "connectors.store": ("va", "va", "v", "v"),
    "connectors.connection": ("vad", "vad", "v", ""),
    "rules.rule": ("vad", "vad", "v", "v"),
    "assessment.assessment": ("vd", "v", "v", "v"),
    "assessment.invitation": ("va", "va", "v", ""),
    "assessment.auditrequest": OURS,
    "orchestrator.approval": OURS,
    "orchestrator.attention": OURS,
    "orchestrator.blueprint": ("vad", "vad", "v", ""),
    "orchestrator.cart": EVERYBODY,
    "orchestrator.customerrecord": EVERYBODY,
    "orchestrator.delivery": OURS,
    "orchestrator.enrolment": EVERYBODY,
    "orchestrator.exportjob": EVERYBODY,  # their own
    "orchestrator.inboxevent": OURS,
    "orchestrator.order": EVERYBODY,
    "orchestrator.outboxaction": EVERYBODY,
    "orchestrator.product": EVERYBODY,
    "orchestrator.reorderdraft": EVERYBODY,
    "orchestrator.return": EVERYBODY,
    "orchestrator.runlogentry": EVERYBODY,
    "orchestrator.stop": OURS,
    "orchestrator.suppression": EVERYBODY,
    "orchestrator.ticket": EVERYBODY,
    "orchestrator.vendorstate": OURS,
    "auth.user": ("vad", "", "", ""),
    "auth.group": ("vad", "", "", ""),
    "django_celery_beat.periodictask": ADMINISTRATORS,
    "django_celery_beat.intervalschedule": ("vad", "", "", ""),
    "django_celery_beat.crontabschedule": ("vad", "", "", ""),
}


class Page(NamedTuple):
    """A page of its own: how it is asked for, about which row, by whom, and what it answers them."""

    method: str
    row: str  # label of a model; "": none; "?store": a client in the address's question
    letters: str  # of A, O, R, V
    status: int = 200


AO, AOR, AORV = "AO", "AOR", "AORV"
RULE, CONNECTION, RESULT = "rules.rule", "connectors.connection", "assessment.assessment"
CUSTOM: dict[str, Page] = {
    "operations": Page("get", "", AOR),
    "needs": Page("get", "", AOR),
    "needs_heed": Page("post", "", AO, 302),
    "customers": Page("get", "", AORV),
    "customer": Page("get", "connectors.store", AORV),
    "rule_try": Page("get", RULE, AORV),
    "rule_scenario": Page("get", RULE, AORV),
    "rollout": Page("get", "connectors.store", AORV),
    "autocomplete": Page("get", "?autocomplete", AORV),
    "connectors_store_capabilities": Page("get", "connectors.store", AORV),
    **{
        f"connectors_connection_{name}": Page("post", CONNECTION, AO, 302)
        for name in ("test", "webhooks", "hold-list", "history-again", "recipients")
    },
    "connectors_connection_campaigns": Page("get", CONNECTION, AO),
    **{f"rules_rule_{name}": Page("post", RULE, AO, 302) for name in ("mode", "set-up", "check")},
    "rules_rule_people": Page("get", RULE, AO),
    "rules_rule_copy": Page("get", RULE, AO),
    "rules_rule_preview": Page("post", "", AO),
    "rules_rule_backtests": Page("get", RULE, AOR),
    "rules_rule_backtest": Page("get", "orchestrator.backtest", AOR),
    "rules_rule_backtest-cancel": Page("post", "orchestrator.backtest", AO, 302),
    "rules_rule_version": Page("get", RULE, AORV),
    "rules_rule_restore": Page("post", RULE, AO, 302),
    "orchestrator_blueprint_push": Page("get", "orchestrator.blueprint", AO),
    **{
        f"orchestrator_blueprint_{name}": Page("post", "orchestrator.blueprint", AO, 302)
        for name in ("refresh", "back")
    },
    "orchestrator_approval_answer": Page("post", "orchestrator.approval", AO, 302),
    "orchestrator_suppression_lift": Page("get", "orchestrator.suppression", AO),
    "orchestrator_enrolment_end": Page("get", "orchestrator.enrolment", AO),
    "orchestrator_reorderdraft_export": Page("get", "", AORV),
    "orchestrator_exportjob_start": Page("get", "", AORV, 302),
    "orchestrator_exportjob_file": Page("get", "orchestrator.exportjob", AORV),
    "orchestrator_exportjob_drop": Page("post", "orchestrator.exportjob", AORV, 302),
    "orchestrator_outboxaction_causes": Page("get", "", AO),
    "orchestrator_runlogentry_filters": Page("post", "", AORV, 302),
    "orchestrator_runlogentry_export": Page("get", "", AORV),
    "orchestrator_stop_new": Page("get", "?store", AO),
    "orchestrator_stop_lift": Page("post", "orchestrator.stop", AO, 302),
    "assessment_assessment_export": Page("get", "", AORV),
    "assessment_assessment_funnel": Page("get", "", AORV),
    "assessment_assessment_data": Page("get", RESULT, AORV),
    **{
        f"assessment_assessment_{name}": Page("post", RESULT, AO, 302)
        for name in ("drafts", "evidence", "revoke")
    },
    "auth_user_password_change": Page("get", "auth.user", "A"),
    "auth_user_factor": Page("post", "auth.user", "A", 302),
}
# For whoever may log in, whatever they may do: the answer is the same for all.
OPEN = {
    "index": ("get", 200),
    "login": ("get", 302),
    "logout": ("post", 200),
    "password_change": ("get", 200),
    "password_change_done": ("get", 200),
    "jsi18n": ("get", 200),
    "second_factor": ("get", 200),
    "second_factor_code": ("get", 302),  # who has none is asked for none
    "view_on_site": ("get", 404),  # nothing here has a page outside
    "app_list": ("get", 302),  # the menu is by task
}
ARGUMENTS = {"view_on_site": ("1", "1"), "app_list": ("connectors",), "rules_rule_preview": ("custom",)}
MORE = {"rules_rule_version": (1,), "rules_rule_restore": (1,)}  # after the row: the number of a version
UNNAMED = ("/<path:object_id>/", "(?P<url>.*)$")  # an old form of a row's address, and what is nowhere


def patterns(found: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str | None]]:
    """Each address as a route, with its name."""
    for each in found:
        route = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from patterns(each.url_patterns, route)
        else:
            yield route, each.name


def every() -> list[tuple[str, str | None]]:
    return list(patterns(admin.site.urls[0]))


def page_of(name: str) -> tuple[str, str] | None:
    """The model and the kind of page, for those that Django makes for each table."""
    for label in MODELS:
        kind = name.removeprefix(f"{label.replace('.', '_')}_")
        if kind in PAGES:
            return label, kind
    return None


def rows(world: World) -> dict[str, Model]:
    """One of each kind, of this client. A connection that nothing hangs on can be deleted."""
    found = {row._meta.label_lower: row for row in world.rows()}
    found[RULE] = ruled.restorable(world.custom)
    found["orchestrator.backtest"] = ruled.backtest(world.carts)
    found[RESULT] = Assessment.objects.get(store=world.store, finished_at__isnull=False)
    found[CONNECTION] = examples.connection(
        world.store, "slack", api_root="http://127.0.0.1:9", is_enabled=False
    )
    return found


def of_no_client() -> dict[str, Model]:
    interval = IntervalSchedule.objects.create(every=11, period="seconds")
    return {
        "auth.user": User.objects.create_user("somebody"),
        "auth.group": Group.objects.create(name="Our own"),
        "django_celery_beat.intervalschedule": interval,
        "django_celery_beat.crontabschedule": CrontabSchedule.objects.create(minute="7"),
        "django_celery_beat.periodictask": PeriodicTask.objects.create(name="t", task="t", interval=interval),
    }


def address(name: str, about: str, row: Model | None) -> str:
    if about == "?autocomplete":
        asked = "?app_label=connectors&model_name=connection&field_name=store&term="
        return reverse(f"admin:{name}") + asked
    if about == "?store":
        assert row is not None
        return f"{reverse(f'admin:{name}')}?store={row.pk}"
    own = (row.rule_id, row.pk) if isinstance(row, Backtest) else (row.pk,) if row is not None else ()
    of_row = (*own, *MORE.get(name, ())) if own else ARGUMENTS.get(name, ())
    return reverse(f"admin:{name}", args=of_row)


class Case(NamedTuple):
    """One address, asked in one way, and by whom it may be."""

    name: str
    method: str
    path: str
    allowed: tuple[bool, ...]  # as ROLES
    status: int


def cases(found: dict[str, Model]) -> Iterator[Case]:
    """Of the rows at hand; what is about other rows is left out."""
    for _, name in every():
        if name is None or name in OPEN:
            continue
        if known := page_of(name):
            label, kind = known
            row = None if kind in ("changelist", "add") else found.get(label)
            if row is None and kind not in ("changelist", "add"):
                continue
            letters = tuple(PAGES[kind] in each for each in MODELS[label])
            yield Case(name, "get", address(name, "", row), letters, 200)
            continue
        page = CUSTOM.get(name)
        if page is None:  # that it is missing is told by a test of its own
            continue
        about = "connectors.store" if page.row == "?store" else page.row
        if about and not about.startswith("?") and about not in found:
            continue
        letters = tuple(each in page.letters for each in AORV)
        yield Case(name, page.method, address(name, page.row, found.get(about)), letters, page.status)


def is_about_a_row(case: Case) -> bool:
    known = page_of(case.name)
    if known:
        return known[1] not in ("changelist", "add")
    return bool(CUSTOM[case.name].row) and CUSTOM[case.name].row != "?autocomplete"

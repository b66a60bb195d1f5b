"""The four roles: groups that every installation has, with what each may do.

``migrate`` puts them back each time, so that a page that is new comes with its permissions and nobody's
rights drift. For anything else an administrator makes a group of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from django.apps import apps as installed
from django.db import DEFAULT_DB_ALIAS, router

from connectors.models import ADMINISTER

WORK = "orchestrator"
SHOWN_TO_CLIENTS = (
    *("connectors.store", "rules.rule", "assessment.assessment"),
    *(
        f"{WORK}.{name}"
        for name in ("suppression", "outboxaction", "enrolment", "reorderdraft", "runlogentry")
    ),
    *(f"{WORK}.{name}" for name in ("order", "cart", "return", "product", "customerrecord", "ticket")),
)
SHOWN = (
    *SHOWN_TO_CLIENTS,
    *("connectors.connection", "assessment.invitation", "assessment.auditrequest"),
    f"{WORK}.blueprint",
    *(f"{WORK}.{name}" for name in ("approval", "attention", "backtest", "delivery")),
    *(f"{WORK}.{name}" for name in ("inboxevent", "vendorstate")),
)
# On pages that nobody can edit, "change" is to use their buttons.
WORKED_ON: Mapping[str, tuple[str, ...]] = {
    "connectors.store": ("add", "change"),
    "connectors.connection": ("add", "change", "delete"),
    "rules.rule": ("add", "change", "delete"),
    f"{WORK}.blueprint": ("add", "change", "delete"),
    "orchestrator.backtest": ("add",),
    "assessment.assessment": ("change",),
    "assessment.invitation": ("add", "change"),
    "assessment.auditrequest": ("change",),
    **dict.fromkeys(
        (
            *(f"{WORK}.{name}" for name in ("approval", "attention", "delivery", "enrolment", "inboxevent")),
            *(f"{WORK}.{name}" for name in ("outboxaction", "reorderdraft", "suppression")),
        ),
        ("change",),
    ),
}
SIGNS_WEEKS = f"{WORK}.add_weeklyreview"
FOR_GOOD = "assessment.delete_assessment"


class Role(msgspec.Struct, frozen=True):
    """A group, what it is for, and its permissions as Django names them."""

    name: str
    told: str
    permissions: frozenset[str]


def _see(models: Iterable[str]) -> frozenset[str]:
    return frozenset(_named(model, "view") for model in models)


def _named(model: str, verb: str) -> str:
    app, _, name = model.partition(".")
    return f"{app}.{verb}_{name}"


_WORK = frozenset(_named(model, verb) for model, verbs in WORKED_ON.items() for verb in verbs)
ROLES = (
    Role(
        "Administrator",
        "Does everything, for every client, and says who works here.",
        _see(SHOWN) | _WORK | {SIGNS_WEEKS, FOR_GOOD, ADMINISTER},
    ),
    Role(
        "Operator",
        "Sets up and runs the clients they are given: connections, rules, approvals, holds, what failed.",
        _see(SHOWN) | _WORK | {SIGNS_WEEKS},
    ),
    Role(
        "Reviewer",
        "Reads everything about the clients they are given, and signs their weeks off. Changes nothing else.",
        _see(SHOWN) | {SIGNS_WEEKS},
    ),
    Role(
        "Client viewer",
        "Somebody of the client: reads what was done for their own customers, and nothing of the machinery.",
        _see(SHOWN_TO_CLIENTS),
    ),
)
BY_NAME: Mapping[str, Role] = {role.name: role for role in ROLES}


def settle(apps: Any = installed, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """After each ``migrate``, because permissions exist only then. Twice is as good as once."""
    try:
        groups, permissions = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
        types = apps.get_model("contenttypes", "ContentType")
    except LookupError:  # half-migrated: the rest comes, and so does this
        return
    store = types.objects.using(using).filter(app_label="connectors", model="store").first()
    if store is None or not router.allow_migrate_model(using, groups):
        return
    permissions.objects.using(using).get_or_create(
        content_type=store,
        codename=ADMINISTER.partition(".")[2],
        defaults={"name": "Can do everything, for every client"},
    )
    ours = permissions.objects.using(using).select_related("content_type")
    known = {f"{row.content_type.app_label}.{row.codename}": row for row in ours}
    for role in ROLES:
        group, _is_new = groups.objects.using(using).get_or_create(name=role.name)
        group.permissions.set([known[name] for name in role.permissions if name in known])

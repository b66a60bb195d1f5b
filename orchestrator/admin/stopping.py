"""What can be stopped, by whom, and what a page says of it."""

from __future__ import annotations

import msgspec
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone

from connectors.models import Store
from orchestrator import backlog
from orchestrator.admin import scope
from orchestrator.models import Stop
from rules.models import Rule

MAY = "rules.change_rule"  # who may switch a client's rules may stop them
SEE = "connectors.view_connection"  # who sees how the work goes sees what keeps it back


class Target(msgspec.Struct, frozen=True):
    """What somebody is about to stop."""

    store: Store | None = None
    rule: Rule | None = None

    @property
    def scope(self) -> str:
        return Stop(store=self.store, rule=self.rule).scope


def may_stop(request: HttpRequest, target: Target) -> bool:
    """Everything: administrators. A client and its rules: who may change the rules of that client."""
    if target.store is None:
        return scope.is_administrator(request.user)
    mine = {client.pk for client in scope.clients(request)}
    return bool(request.user.has_perm(MAY)) and target.store.pk in mine


def may_see(request: HttpRequest) -> bool:
    """The reasons are written for colleagues, not for clients."""
    return bool(request.user.has_perm(SEE) or request.user.has_perm(MAY))


def stop_url(**target: int) -> str:
    query = "".join(f"?{name}={pk}" for name, pk in target.items())
    return reverse("admin:orchestrator_stop_new") + query


def banners(request: HttpRequest) -> list[Stop]:
    """What is stopped and concerns this person: everything, and their clients."""
    if not getattr(request.user, "is_anything_stopped", True) or not may_see(request):
        return []
    rows = Stop.objects.in_force().select_related("store", "rule")
    return list(visible(rows, request).order_by("since", "id"))


def visible(rows: QuerySet[Stop], request: HttpRequest) -> QuerySet[Stop]:
    """That everything is stopped concerns everybody."""
    if scope.is_administrator(request.user):
        return rows
    return rows.filter(Q(store=None) | Q(store__in=Store.objects.visible_to(request.user)))


def target(request: HttpRequest) -> Target:
    """What the address names. Raises Http404 for what this person may not see, or what is not there."""
    mine = Store.objects.visible_to(request.user)
    rule, store = (request.GET.get(name, "") for name in ("rule", "store"))
    if rule.isdecimal():
        row = Rule.objects.filter(store__in=mine, pk=rule).select_related("store").first()
        if row is None:
            raise Http404
        return Target(row.store, row)
    if store.isdecimal():
        found = mine.filter(pk=store).first()
        if found is None:
            raise Http404
        return Target(found)
    if rule or store:
        raise Http404
    return Target()


def waits(target: Target) -> list[str]:
    """What waits for it now, in words."""
    found = backlog.of(timezone.now(), store=target.store, rule=target.rule)
    return [backlog.told(what, count) for what, count in found.items()]

"""What monitoring asks: is the process alive, is the work going, and how much of everything there is."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, generate_latest

from connectors import timekeeper
from orchestrator import backlog, gauges, tables, vitals, wake
from orchestrator.act import stops

_started_at = timezone.now()
_migrated = False  # once true it stays true for this process: code and tables do not part again


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else, so that a database that is down restarts no web process."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 names what is wrong; how old and how much is only for those who know METRICS_TOKEN."""
    checks = _checks()
    failing = [name for name, check in checks.items() if not check["ok"]]
    body: dict[str, Any] = {"ready": not failing, "failing": failing}
    if _may_see(request):
        body["checks"] = checks
    return JsonResponse(body, status=503 if failing else 200)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_TOKEN and settings.IS_PRODUCTION:
        return HttpResponse("Set METRICS_TOKEN to open this page.\n", status=404, content_type="text/plain")
    if not _may_see(request):
        refusal = HttpResponse(status=401, content_type="text/plain")
        refusal["WWW-Authenticate"] = "Bearer"
        return refusal
    try:
        text = generate_latest(REGISTRY) + generate_latest(gauges.Tables(timekeeper.now()))
    except Error:
        return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_see(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return not settings.IS_PRODUCTION
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())


def _checks() -> dict[str, dict[str, Any]]:
    try:
        now = timekeeper.now()
        if not _is_migrated():
            return {"database": {"ok": True}, "migrations": {"ok": False}}
        return {
            "database": {"ok": True},
            "migrations": {"ok": True},
            **_signs(now),
            **_broker(),
            **_backlog(now),
        }
    except Error:
        return {"database": {"ok": False}}


def _is_migrated() -> bool:
    global _migrated
    if not _migrated:
        _migrated = not tables.missing()
    return _migrated


def _signs(now: datetime) -> dict[str, dict[str, Any]]:
    """Worker and beat, as far as Celery is meant to run. One that never spoke is given the same time."""
    if not settings.WAKE:
        return {}
    beats = vitals.beats()
    ages = {name: _seconds(now, beats.get(name, _started_at)) for name in (vitals.WORKER, vitals.BEAT)}
    return {
        name: {"ok": age <= settings.HEARTBEAT_LIMIT, "seen": name in beats, "age_seconds": age}
        for name, age in ages.items()
    }


def _broker() -> dict[str, dict[str, Any]]:
    """As far as this web process has met it: an idle one learns of it by the worker's silence."""
    return {"broker": {"ok": wake.bell.is_heard()}} if settings.WAKE else {}


def _backlog(now: datetime) -> dict[str, dict[str, Any]]:
    """A stop is told of and never a failure: somebody wants it so."""
    in_force = stops.in_force()
    ages = [(queue, queue.age(now)) for queue in backlog.queues(now, in_force)]
    found: dict[str, dict[str, Any]] = {
        queue.name: {"ok": age <= settings.BACKLOG_LIMIT, "waiting": queue.waiting, "oldest_seconds": age}
        for queue, age in ages
    }
    count = int(in_force.everything) + len(in_force.stores) + len(in_force.rules)
    return found | {"stops": {"ok": True, "in_force": count, "everything": in_force.everything}}


def _seconds(now: datetime, since: datetime) -> float:
    return round(max(0.0, (now - since).total_seconds()), 1)

"""What monitoring asks: is the process alive, is the work going, and how much of everything there is."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from connectors import registry
from orchestrator import tables, vitals, wake

_started_at = timezone.now()
_migrated = False  # once true it stays true for this process: code and tables do not part again


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else, so that a database that is down restarts no web process."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 names what is wrong; how old and how much is only for those who know METRICS_TOKEN."""
    checks = _checks(timezone.now())
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
        text = generate_latest(REGISTRY) + generate_latest(Tables(timezone.now()))
    except Error:
        return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_see(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return not settings.IS_PRODUCTION
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())


def _checks(now: datetime) -> dict[str, dict[str, Any]]:
    try:
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
    ages = [(queue, queue.age(now)) for queue in vitals.queues(now)]
    return {
        queue.name: {"ok": age <= settings.BACKLOG_LIMIT, "waiting": queue.waiting, "oldest_seconds": age}
        for queue, age in ages
    }


def _seconds(now: datetime, since: datetime) -> float:
    return round(max(0.0, (now - since).total_seconds()), 1)


class Tables:
    """A collector over the tables, so that every web process tells the same."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily("orchestrator_waiting", "Work that could be done now", labels=["queue"])
        oldest = GaugeMetricFamily("orchestrator_oldest_seconds", "Age of the oldest of it", labels=["queue"])
        for queue in vitals.queues(self.now):
            waiting.add_metric([queue.name], queue.waiting)
            oldest.add_metric([queue.name], queue.age(self.now))
        beats = GaugeMetricFamily("orchestrator_heartbeat_seconds", "Since a sign of life", labels=["part"])
        for name, at in vitals.beats().items():
            beats.add_metric([name], _seconds(self.now, at))
        health = GaugeMetricFamily("orchestrator_connections", "Connections by health", labels=["health"])
        for name, count in vitals.connections_by_health().items():
            health.add_metric([name], count)
        down = GaugeMetricFamily(
            "orchestrator_vendor_down", "Accounts whose vendor does not answer", labels=["vendor"]
        )
        for vendor, count in (dict.fromkeys(registry.all_vendors(), 0) | vitals.vendors_down()).items():
            down.add_metric([vendor], count)
        attention = GaugeMetricFamily("orchestrator_attention", "Things that need a person")
        attention.add_metric([], vitals.open_attention())
        yield from (waiting, oldest, beats, health, down, attention)

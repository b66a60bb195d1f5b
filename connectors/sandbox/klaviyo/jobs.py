"""Background jobs: accepted at once, carried out a little later, read by polling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.sandbox.klaviyo.account import KlaviyoAccount, written
from connectors.sandbox.klaviyo.documents import resource
from connectors.sandbox.klaviyo.errors import missing
from connectors.sandbox.klaviyo.routes import Call
from connectors.sandbox.wire import Json

KEPT_DAYS = 7


def start(account: KlaviyoAccount, kind: str, total: int, work: Callable[[Json, str], None]) -> Json:
    """Queue work; it hears the job, whose counts it fills in, and the moment it lands."""
    now = account.now()
    job: Json = {
        "id": account.long_id(),
        "kind": kind,
        "created_at": written(now),
        "started": now,
        "total_count": total,
        "completed_count": 0,
        "failed_count": 0,
        "skipped_count": 0,
        "completed_at": None,
        "list": None,
        "segment": None,
        "errors": [],
        "profiles": [],
    }

    def land(at: str) -> None:
        work(job, at)
        job["completed_at"] = at

    job["due"] = account.later(land)
    account.jobs[job["id"]] = job
    return job


def find(account: KlaviyoAccount, kind: str, number: str) -> Json:
    job = account.jobs.get(number)
    if job is None or job["kind"] != kind:
        raise missing(kind, number)
    return job


def status(account: KlaviyoAccount, job: Json) -> str:
    """queued for the first third of its time, then processing, then complete."""
    if job["completed_at"]:
        return "complete"
    started: datetime = job["started"]
    length: timedelta = job["due"] - started
    return "queued" if account.now() < started + length / 3 else "processing"


def of_kind(account: KlaviyoAccount, kind: str) -> list[Json]:
    """The jobs of one kind with their status, oldest first."""
    rows = [job for job in account.jobs.values() if job["kind"] == kind]
    return [{**job, "created": job["created_at"], "status": status(account, job)} for job in rows]


def shown(call: Call, job: Json, counts: tuple[str, ...]) -> Json:
    attributes = {
        "status": status(call.account, job),
        "created_at": job["created_at"],
        "total_count": job["total_count"],
        "completed_at": job["completed_at"],
        **{name: job[name] for name in counts},
    }
    return resource(call, job["kind"], job["id"], attributes)

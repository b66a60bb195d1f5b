"""What the processes of ``serve`` do: prepare once, then web, worker and beat."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from celery.apps.beat import Beat
from celery.apps.worker import Worker
from celery.exceptions import SecurityWarning
from celery.signals import worker_ready
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from orchestrator import pulse, schedule, spool, tables, wake
from orchestrator.celery import app
from orchestrator.management import supervisor

STAGES = ("heartbeat", "poll", "read", "drain", "dispatch", "reconcile")


def prepare() -> None:
    """Database, files, schedule and queue as the other processes expect them."""
    try:
        _prepare()
    except (CommandError, OperationalError) as error:
        sys.exit(" ".join(str(error).split()))


def _prepare() -> None:
    if settings.IS_PRODUCTION:
        _refuse_without_migrations()
        call_command("collectstatic", interactive=False, verbosity=0)
    else:
        call_command("migrate", interactive=False, verbosity=0)
    schedule.sync()
    spool.clear(settings.QUEUE_DIR)


def web(application: Any, host: str, port: int) -> None:
    def load(target: str) -> Any:
        """Runs in granian's worker, which must not outlive granian."""
        supervisor.end_with(granian)
        supervisor.call_ourselves("web")
        pulse.start("web")
        return application

    granian = os.getpid()
    Granian(
        "orchestrator.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=settings.WEB_THREADS,
        log_dictconfig=settings.LOGGING,
        log_level=LogLevels.error,
        websockets=False,
        workers_kill_timeout=1,
    ).serve(target_loader=load)


def worker() -> None:
    # Celery warns root because of pickle; we take JSON only, and containers often have no other user.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    os.environ["CELERY_SKIP_CHECKS"] = "1"  # the command has run them
    worker_ready.connect(_wake_everything)
    Worker(app=app, quiet=True, without_gossip=True, without_mingle=True, without_heartbeat=True).start()


def beat() -> None:
    os.environ["CELERY_SKIP_CHECKS"] = "1"
    Beat(app=app, quiet=True, pidfile=None).run()


def _wake_everything(**_: Any) -> None:
    """What waited while nobody worked is taken up at once, not with the first ticks."""
    for stage in STAGES:
        wake.after_commit(stage)


def _refuse_without_migrations() -> None:
    if count := tables.missing():
        raise CommandError(f"{tables.told(count)} first.")

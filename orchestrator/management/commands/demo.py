"""A running system with two demo clients, fake vendors and a short story, on a database of its own."""

from __future__ import annotations

import os
import secrets
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any

import requests
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.models import F

from connectors.models import Connection
from orchestrator.management import story
from orchestrator.management.processes import Children, together
from orchestrator.management.story.sandbox import KEYS, Fakes
from orchestrator.models import Attention, Import, OutboxAction, RunLogEntry, Suppression, VendorState
from rules import registry, sequences
from rules.models import Rule, RuleVersion

PATIENCE = 150.0  # seconds to wait for each part of the story: a call may be in doubt for a while
CLIENTS = ("north-ridge", "harbor-pine")


class Command(BaseCommand):
    help = "Start the demo: fake vendors, two clients, a played story; stays up until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("DEMO_PORT", "8000")))

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError(
                "The demo fills a database with invented clients; it does not run in production."
            )
        port: int = options["port"]
        _move_to_own_place(port)
        web, sandbox = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
        with together() as children:
            self._start_over()
            self._run(children, "sandbox", "sandbox", "--port", str(port + 1))
            self._await("the fake vendors", lambda: _answers(f"{sandbox}/_control/"), children)
            fakes = Fakes(sandbox, web)
            fakes.set_up()
            _apply_clients(sandbox)
            password = _administrator()
            self._run(children, "serve", "serve", "--port", str(port))
            self._await("the web server", lambda: _answers(f"{web}/healthz"), children)
            self._tell(fakes, children)
            self._greet(web, sandbox, password)
            while (ended := children.ended()) is None:
                threading.Event().wait(0.5)
            raise CommandError(f"The {ended} process ended by itself; its last lines above say why.")

    def _start_over(self) -> None:
        """The fake vendors forget everything when they stop, so the demo begins anew each time."""
        self.stdout.write("Preparing the demo database …")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("flush", verbosity=0, interactive=False)

    def _run(self, children: Children, name: str, *command: str) -> None:
        children.start(name, [sys.executable, str(settings.BASE_DIR / "manage.py"), *command])

    def _tell(self, fakes: Fakes, children: Children) -> None:
        self.stdout.write("Playing the story …")
        fakes.open_tickets()
        self._await("the first holds", _two_are_held, children)
        fakes.close_one()
        self._await("the release", _one_was_released, children)
        self._await("the shop's history", _history_is_read, children)
        fakes.sell()
        self._await("the team's alerts", lambda: fakes.said_in_slack() >= 3, children)
        self._await("every rule to act", _every_recipe_has_acted, children)
        self._await("the messages to customers", _two_have_heard, children)
        self._await("the failing key to show", _is_shown, children)

    def _await(self, what: str, is_so: Callable[[], bool], children: Children) -> None:
        pause = threading.Event()
        for _ in range(int(PATIENCE / 0.1)):
            if is_so():
                return
            if ended := children.ended():
                raise CommandError(f"The {ended} process ended by itself; its last lines above say why.")
            pause.wait(0.1)
        raise CommandError(f"Waited {PATIENCE:.0f} seconds for {what} in vain; the run log may say why.")

    def _greet(self, web: str, sandbox: str, password: str) -> None:
        self.stdout.write(
            f"\nThe Orchestrator runs.\n\n"
            f"  Admin     {web}/admin/\n"
            f"  Login     admin\n"
            f"  Password  {password}\n"
            f"  Vendors   {sandbox}/_control/ (fakes)\n\n"
            f"Look at the run log and at “Needs attention”. Ctrl-C ends everything.\n"
        )
        self.stdout.flush()


def _move_to_own_place(port: int) -> None:
    """Begin again with a database and a queue of our own: the demo empties its database."""
    if os.environ.get("RUNS_AS_DEMO"):
        return
    place = settings.BASE_DIR / "var" / f"demo-{port}"
    place.mkdir(parents=True, exist_ok=True)
    own = {
        "RUNS_AS_DEMO": "1",
        "DATABASE_URL": f"sqlite:///{place}/demo.sqlite3",
        "CELERY_BROKER_URL": "filesystem://",
        "QUEUE_DIR": str(place / "queue"),
        "ALLOW_LOOPBACK_VENDORS": "true",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LOG_FORMAT": "text",
        "LOG_LEVEL": "ERROR",
    }
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **own})  # noqa: S606


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def _apply_clients(sandbox: str) -> None:
    os.environ.update(KEYS)
    folder = Path(story.__file__).parent
    with TemporaryDirectory() as written:
        for slug in CLIENTS:
            text = Template((folder / f"{slug}.yaml").read_text()).substitute(SANDBOX=sandbox)
            path = Path(written) / f"{slug}.yaml"
            path.write_text(text)
            call_command("apply_client", str(path), stdout=StringIO())
    # They are with us since yesterday: else what happened an hour ago would be history.
    Connection.objects.update(created_at=F("created_at") - timedelta(days=1))
    RuleVersion.objects.update(live_at=F("live_at") - timedelta(days=1))


def _administrator() -> str:
    password = secrets.token_urlsafe(9)
    get_user_model().objects.create_superuser("admin", "", password)
    return password


def _two_are_held() -> bool:
    return VendorState.objects.filter(wanted=True, seen=True).count() >= 2


def _one_was_released() -> bool:
    released = Suppression.objects.filter(closed_at__isnull=False).exists()
    return released and not VendorState.objects.filter(wanted=False, due_at__isnull=False).exists()


def _history_is_read() -> bool:
    return Import.objects.exists() and not Import.objects.exclude(state=Import.State.DONE).exists()


def _every_recipe_has_acted() -> bool:
    said = RunLogEntry.objects.filter(code="decided_yes").values_list("rule", flat=True).distinct()
    recipes = Rule.objects.filter(name__in=set(said)).values_list("recipe", flat=True)
    return {*registry.all_recipes()} <= {*recipes}


def _two_have_heard() -> bool:
    """About the cart, and about the order."""
    sent = OutboxAction.objects.filter(effect_key__startswith=sequences.PREFIX, state=OutboxAction.State.DONE)
    return sent.count() >= 2


def _is_shown() -> bool:
    return Attention.objects.open().filter(code="connection_failing").exists()

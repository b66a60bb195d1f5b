"""Pulls a kill switch: a rule, a client, or everything."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orchestrator.act import stops
from orchestrator.management import clients


class Command(BaseCommand):
    help = "Stop sending for a rule, a client, or everything, until “resume”. Hearing and deciding go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        clients.add_scope(parser)
        parser.add_argument("--because", metavar="TEXT", required=True, help="why; everybody reads it")

    def handle(self, *args: Any, **options: Any) -> None:
        store, rule = clients.scope(options["store"], options["rule"])
        because = clients.printable(options["because"]).strip()[:300]
        if not because:
            raise CommandError("--because needs a reason: everybody who works here reads it.")
        row = stops.stop(because=because, by="the command line", now=timezone.now(), store=store, rule=rule)
        if row is None:
            raise CommandError("That is stopped already. “resume” lifts the stop.")
        self.stdout.write(f"Stopped: {row.scope}. Nothing is sent until “manage.py resume”.")

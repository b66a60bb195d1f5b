"""Asks for a client's history to be read from the beginning; whoever does the work reads it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connectors import registry
from connectors.models import Connection
from orchestrator import wake
from orchestrator.intake import importing


class Command(BaseCommand):
    help = "Read a client's orders, customers and products again, from the beginning. Sends nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="SLUG", required=True, help="the client")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Connection.objects.active().filter(store__slug=options["store"]).select_related("store")
        known = registry.all_vendors()
        found = [row for row in rows if row.vendor in known and known[row.vendor].imports]
        if not found:
            raise CommandError(f"“{options['store']}” has no connection whose history can be read.")
        for row in found:
            importing.want(row, timezone.now())
            self.stdout.write(f"{row}: its history will be read.")
        wake.after_commit("import_history")

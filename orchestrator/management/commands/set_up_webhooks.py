"""Registers our webhooks at the vendors, brings back what was switched off; safe to repeat."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connectors import registry
from connectors.errors import VendorError
from connectors.models import Connection
from orchestrator.intake import integrations


class Command(BaseCommand):
    help = "Register webhooks for all connections of a client, or of every client."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="SLUG", help="one client only")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Connection.objects.active().select_related("store").order_by("store__slug", "vendor")
        if options["store"]:
            rows = rows.filter(store__slug=options["store"])
            if not rows:
                raise CommandError(f"No client “{options['store']}” with a connection.")
        failed = [
            row for row in rows if registry.vendor_class(row.vendor).has_webhooks and not self._set_up(row)
        ]
        if failed:
            raise CommandError(f"{len(failed)} connections could not be set up; polling goes on there.")

    def _set_up(self, connection: Connection) -> bool:
        try:
            states = integrations.ensure(connection, timezone.now())
        except VendorError as error:
            self.stderr.write(f"{connection}: {error.sentence}")
            return False
        for state in states:
            how = "made" if state.was_created else "brought back" if state.was_revived else "in place"
            self.stdout.write(f"{connection}: {state.topic} {how}")
        return True

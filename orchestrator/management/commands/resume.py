"""Lifts a kill switch."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orchestrator.act import stops
from orchestrator.management import clients
from orchestrator.models import Stop


class Command(BaseCommand):
    help = "Lift the stop of a rule, of a client, or of everything. Other stops stay in force."

    def add_arguments(self, parser: ArgumentParser) -> None:
        clients.add_scope(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        store, rule = clients.scope(options["store"], options["rule"])
        found = Stop.objects.in_force().select_related("store", "rule")
        row = found.filter(store=store, rule=rule).first()
        if row is None or not stops.lift(row, by="the command line", now=timezone.now()):
            named = "; ".join(each.scope for each in found.order_by("since", "id"))
            raise CommandError(f"That is not stopped. In force: {named or 'nothing'}.")
        self.stdout.write(f"The stop of {row.scope} is lifted. What waited goes on.")

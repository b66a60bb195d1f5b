"""Deletes what is over its time now, instead of when the schedule comes to it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orchestrator.management import clients
from orchestrator.record import retention
from orchestrator.record.retention import Budget, Kept

SECONDS = 5.0  # between two lines of progress


class Command(BaseCommand):
    help = (
        "Delete what is over its time: deliveries, events, and the run log with settled actions and closed "
        "suppressions. Lines of the run log are archived first, where the client wants that."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="SLUG", help="only this client's")
        parser.add_argument("--check", action="store_true", help="only say how much would go")

    def handle(self, *args: Any, **options: Any) -> None:
        one = options["store"]
        owners = [Kept.of(clients.named(one))] if one else retention.everybody()
        left = [owner for owner in owners if self._tell_or_purge(owner, is_check=options["check"])]
        if left:
            names = ", ".join(owner.name for owner in left)
            raise CommandError(f"Not everything could be deleted ({names}); “Needs attention” says why.")

    def _tell_or_purge(self, owner: Kept, *, is_check: bool) -> bool:
        """Whether something is left that should have gone."""
        now = timezone.now()
        found = retention.overdue(owner, now)
        self.stdout.write(f"{owner.name}: {retention.told(found)}{' would go' if is_check else ''}")
        if is_check or not found:
            return False
        while retention.purge(owner, now, Budget(SECONDS)):
            self.stdout.write(f"{owner.name}: {retention.told(retention.overdue(owner, now))} left")
        return bool(retention.overdue(owner, now))

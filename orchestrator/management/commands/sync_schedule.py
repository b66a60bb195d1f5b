"""Makes the ticks of the beat that are missing; what staff changed stays."""

from typing import Any

from django.core.management.base import BaseCommand

from orchestrator import schedule


class Command(BaseCommand):
    help = "Add missing entries to the schedule. serve does this at every start."

    def handle(self, *args: Any, **options: Any) -> None:
        schedule.sync()
        self.stdout.write("The schedule has every tick that is wanted.")

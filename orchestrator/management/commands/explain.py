"""Explains one customer: what happened, what was decided and why, what holds, what is still to come."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from connectors.models import Store
from orchestrator.management import clients
from orchestrator.record import explain, telling


class Command(BaseCommand):
    help = (
        "Explain one customer of a client over all tools. Large and small letters make no difference. "
        "That nothing is known is an answer too (exit code 0)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True, metavar="SLUG")
        parser.add_argument("--customer", required=True, metavar="EMAIL")

    def handle(self, *args: Any, store: str, customer: str, **options: Any) -> None:
        email = clients.printable(customer).strip().lower()
        name, _, host = email.rpartition("@")
        if not (name and host):
            raise CommandError(f"“{email[:60]}” is no e-mail address.")
        found = clients.named(store)
        story = explain.story(found, email, timezone.now())
        self._print(found, email, story)

    def _print(self, store: Store, email: str, story: explain.Story) -> None:
        if not story.is_known:
            self.stdout.write(f"Nothing is known about {email} at {store}.")
            return
        self.stdout.write(f"{', '.join(story.emails)} at {store}")
        for sentence in story.summary:
            self.stdout.write(sentence)
        self.stdout.write("")
        for line in story.lines:
            self.stdout.write(f"{telling.moment(line.at)}  {line.kind:<11} {line.sentence}")
            for note in line.notes:
                self.stdout.write(f"{'':<36}{note}")

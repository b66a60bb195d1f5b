"""Explains one customer: what happened, what was decided and why, what holds, what is still to come."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from connectors.models import Store
from orchestrator.management import clients
from orchestrator.record import explain, telling
from rules import subjects


class Command(BaseCommand):
    help = (
        "Explain one customer of a client over all tools. Large and small letters make no difference. "
        "That nothing is known is an answer too (exit code 0)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True, metavar="SLUG")
        parser.add_argument(
            "--customer",
            required=True,
            metavar="EMAIL",
            help="Or a telephone number with its country: +15550100200",
        )

    def handle(self, *args: Any, store: str, customer: str, **options: Any) -> None:
        told = clients.printable(customer).strip().lower()
        asked = subjects.typed(told)
        name, _, host = asked.rpartition("@")
        if not (subjects.phone_of(asked) or (name and host)):
            raise CommandError(
                f"“{told[:60]}” is no e-mail address and no telephone number with its country (+15550100200)."
            )
        found = clients.named(store)
        story = explain.story(found, asked, timezone.now())
        self._print(found, asked, story)

    def _print(self, store: Store, asked: str, story: explain.Story) -> None:
        if not story.is_known:
            self.stdout.write(f"Nothing is known about {asked} at {store}.")
            return
        self.stdout.write(f"{', '.join(story.subjects)} at {store}")
        for sentence in story.summary:
            self.stdout.write(sentence)
        self.stdout.write("")
        for line in story.lines:
            self.stdout.write(f"{telling.moment(line.at)}  {line.kind:<11} {line.sentence}")
            for note in line.notes:
                self.stdout.write(f"{'':<36}{note}")

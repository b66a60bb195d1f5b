"""Prints one client as a YAML file."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from orchestrator.clientfile import export
from orchestrator.management import clients


class Command(BaseCommand):
    help = "Print one client as the YAML file that apply_client takes, without its secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        self.stdout.write(export.text(clients.named(slug)), ending="")

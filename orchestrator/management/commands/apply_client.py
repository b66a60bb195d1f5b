"""Creates or updates one client from a YAML file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from orchestrator.clientfile.apply import apply
from orchestrator.clientfile.problems import ClientFileError, Problem
from orchestrator.clientfile.reading import LARGEST
from orchestrator.management import clients


class Command(BaseCommand):
    help = (
        "Create or update one client from a YAML file and print what changed. Rules match by name, "
        "connections by vendor; what the file leaves out stays. All or nothing: a wrong file changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.yaml")
        parser.add_argument("--check", action="store_true", help="only print; write nothing")

    def handle(self, *args: Any, file: str, check: bool, **options: Any) -> None:
        try:
            diff = apply(_content(file), environ=os.environ, now=timezone.now(), is_check=check)
        except ClientFileError as error:
            self._refuse(file, error.problems)
        except DatabaseError as error:
            self._refuse(file, [Problem(None, clients.unusable(error))])
        self.stdout.write(diff.told())
        if check and diff.is_change:
            self.stdout.write("Only checked: nothing was written.")

    def _refuse(self, file: str, problems: list[Problem]) -> NoReturn:
        for problem in problems:
            self.stderr.write(problem.told(file))
        raise SystemExit(1)


def _content(file: str) -> bytes:
    try:
        with Path(file).open("rb") as opened:
            return opened.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ClientFileError([Problem(None, f"The file cannot be read: {reason}.")]) from None

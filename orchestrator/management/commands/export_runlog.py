"""Writes a client's run log as CSV, of any length."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from orchestrator.management import clients
from orchestrator.models import RunLogEntry
from orchestrator.record import export


class Command(BaseCommand):
    help = (
        "Write a client's run log as CSV, oldest first, to standard output or a file. "
        "Times are ISO 8601; without an offset they are read as UTC, and a date alone is its midnight."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True, metavar="SLUG", help="whose run log")
        parser.add_argument("--since", metavar="TIME", help="from this moment on, itself included")
        parser.add_argument("--until", metavar="TIME", help="up to this moment, itself not included")
        parser.add_argument("--outcome", help=f"only these: {', '.join(RunLogEntry.Outcome.values)}")
        parser.add_argument("--output", metavar="FILE", help="replaced only when the export is complete")

    def handle(self, *args: Any, **options: Any) -> None:
        chunks = export.stream_csv(_chosen(options))
        if options["output"]:
            _to_file(chunks, Path(options["output"]))
        else:
            self._to_stdout(chunks)

    def _to_stdout(self, chunks: Iterable[bytes]) -> None:
        binary = getattr(self.stdout, "buffer", None)
        try:
            for chunk in chunks:
                if binary is None:
                    self.stdout.write(chunk.decode(), ending="")
                else:
                    binary.write(chunk)
            self.stdout.flush()
        except BrokenPipeError:
            # The reader has enough. What is still buffered must not fail again when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _chosen(options: dict[str, Any]) -> QuerySet[RunLogEntry]:
    since, until = _moment("since", options["since"]), _moment("until", options["until"])
    if since and until and since >= until:
        raise CommandError("--since has to be before --until.")
    outcome = options["outcome"]
    if outcome and outcome not in RunLogEntry.Outcome.values:
        known = ", ".join(RunLogEntry.Outcome.values)
        raise CommandError(f"--outcome: there is no outcome “{outcome[:40]}”. Use one of {known}.")
    rows = RunLogEntry.objects.filter(store=clients.named(options["store"]))
    rows = rows.filter(at__gte=since) if since else rows
    rows = rows.filter(at__lt=until) if until else rows
    return rows.filter(outcome=outcome) if outcome else rows


def _moment(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandError(
            f"--{name}: “{text[:40]}” is no time; write it as 2026-11-22 or 2026-11-22T10:00:00+00:00."
        ) from None


def _to_file(chunks: Iterable[bytes], path: Path) -> None:
    """Through a file beside it, so that a broken export never replaces a good one."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise CommandError(f"--output: {path} is not a file; leave it out to write to standard output.")
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as opened:
            opened.writelines(chunks)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(target)
    except OSError as error:
        raise CommandError(f"--output: {path} cannot be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)

"""Runs the fake vendors until it is told to stop."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.sandbox.server import running

ENDINGS = (signal.SIGINT, signal.SIGTERM)


class Command(BaseCommand):
    help = "Run the fake vendors on 127.0.0.1. GET /_control/ lists what they can be told."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=int, default=9100, help="the port to listen on; 0 takes a free one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # Blocked before any thread starts, so that only sigwait below hears them; an inherited "ignore"
        # of SIGINT, as a shell gives to what it starts in the background, would swallow it otherwise.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            with running(options["port"]) as sandbox:
                self.stdout.write(f"Sandbox at {sandbox.url}  (control: {sandbox.url}/_control/)")
                self.stdout.flush()
                signal.sigwait(ENDINGS)
        except OSError as error:
            raise CommandError(f"Cannot listen on port {options['port']}: {error.strerror}.") from None
        except OverflowError:
            raise CommandError(f"There is no port {options['port']}; choose one from 0 to 65535.") from None

"""Runs web, worker and beat under one command, with no server to install."""

from __future__ import annotations

import errno
import os
import socket
import sys
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.wsgi import get_wsgi_application
from django.db import connections

from orchestrator.management import parts
from orchestrator.management.supervisor import Part, Supervisor


class Command(BaseCommand):
    help = "Run the web server, the worker and the beat until SIGINT or SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 listens on every address")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        supervisor = Supervisor()
        _see_that_it_is_free(host, port)
        connections.close_all()  # the checks may have opened one; no two processes may share it
        if code := supervisor.once(Part("prepare", parts.prepare)):
            sys.exit(code)
        if supervisor.is_stopping:
            return
        if not os.environ.get("PUBLIC_URL"):
            settings.PUBLIC_URL = f"http://127.0.0.1:{port}"  # the children inherit it
        application = get_wsgi_application()
        connections.close_all()
        self.stdout.write(f"Serving http://{host}:{port}/ – Ctrl-C ends it.")
        supervisor.forever(
            [
                Part("web", partial(parts.web, application, host, port)),
                Part("worker", parts.worker),
                Part("beat", parts.beat),
            ]
        )


def _see_that_it_is_free(host: str, port: int) -> None:
    """The web server shares its port with others of its kind and would not notice."""
    if not 0 < port < 65536:
        raise CommandError(f"There is no port {port}; choose one from 1 to 65535.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise CommandError(f"There is no address “{host}” on this machine.") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(f"Port {port} is in use; choose another with --port.") from None
        raise CommandError(f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}.") from None

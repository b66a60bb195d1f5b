"""Django's own, with the time that a large table needs, and one at a time on PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

RELEASE = 4_201_307  # the number of the lock, the same for all machines of an installation


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET lock_timeout = 0")
            cursor.execute("SELECT pg_advisory_lock(%s)", [RELEASE])
        try:
            super().handle(*args, **options)
        finally:
            connection.close()  # ends the lock and forgets what was set

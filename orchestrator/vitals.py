"""Whether the system is well, read from small tables: signs of life, processes, vendors, database, disk."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import connection as database
from django.db.models import Count

from connectors.models import Connection, VendorAccount
from orchestrator.models import Attention, Heartbeat, Process

WORKER, BEAT = "worker", "beat"
GONE = timedelta(seconds=60)  # without a sign of life a process is taken for gone …
FORGOTTEN = timedelta(minutes=15)  # … and then no longer told of


class Storage(msgspec.Struct, frozen=True):
    """Bytes. ``free`` is on the disk of the database file, or of this program where that is elsewhere."""

    database: int
    free: int

    @property
    def is_short(self) -> bool:
        return self.free < settings.DISK_FREE_LIMIT


def beats() -> dict[str, datetime]:
    return dict(Heartbeat.objects.values_list("name", "beat_at"))


def beat(name: str, now: datetime) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})


def processes(now: datetime) -> list[Process]:
    """Those that live and those that went a short while ago, the newest of each part first."""
    return list(Process.objects.filter(beat_at__gt=now - FORGOTTEN).order_by("part", "-started_at", "id"))


def is_gone(process: Process, now: datetime) -> bool:
    return now - process.beat_at > GONE


def alive_by_part(now: datetime) -> dict[str, int]:
    rows = Process.objects.filter(beat_at__gte=now - GONE).order_by().values_list("part")
    return dict(rows.annotate(Count("pk")))


def storage() -> Storage:
    """Raises DatabaseError or OSError."""
    if settings.IS_SQLITE:
        file = Path(database.settings_dict["NAME"])
        parts = [file.with_name(file.name + ending) for ending in ("", "-wal", "-shm")]
        used, disk = sum(each.stat().st_size for each in parts if each.exists()), file.parent
    else:
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            used, disk = int(cursor.fetchone()[0]), settings.BASE_DIR
    return Storage(used, shutil.disk_usage(disk).free)


def connections_by_health() -> dict[str, int]:
    counts = Connection.objects.active().values_list("health").annotate(Count("pk"))
    return dict.fromkeys(Connection.Health.values, 0) | dict(counts)


def vendors_down() -> dict[str, int]:
    """Accounts that nobody calls for now, by vendor."""
    rows = VendorAccount.objects.filter(down_since__isnull=False).values_list("vendor")
    return dict(rows.annotate(Count("pk")))


def open_attention() -> int:
    return Attention.objects.open().count()

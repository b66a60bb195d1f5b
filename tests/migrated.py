"""A migrated file of SQLite, made once in a run: migrating takes many times as long as copying."""

from __future__ import annotations

import fcntl
from pathlib import Path

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_migrate

from tests.processes import manage


def made_once(folder: Path) -> Path:
    """By whichever process comes first, as any installation is migrated; the others wait for it."""
    file, unfinished = folder / "migrated.sqlite3", folder / "migrating.sqlite3"
    with (folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            manage("migrate", DATABASE_URL=f"sqlite:///{unfinished}").check_returncode()
            unfinished.rename(file)
    return file


def remember_what_flush_takes() -> None:
    """After each flush types, permissions and roles are worked out anew; we put the same rows back."""
    kinds, permissions = list(ContentType.objects.all()), list(Permission.objects.all())
    given = Group.permissions.through.objects
    groups, grants = list(Group.objects.all()), list(given.all())
    assert post_migrate.disconnect(create_contenttypes)
    assert post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    assert post_migrate.disconnect(
        dispatch_uid="orchestrator.roles", sender=apps.get_app_config("orchestrator")
    )

    def put_back(**_: object) -> None:
        ContentType.objects.bulk_create(kinds, ignore_conflicts=True)
        Permission.objects.bulk_create(permissions, ignore_conflicts=True)
        Group.objects.bulk_create(groups, ignore_conflicts=True)
        given.bulk_create(grants, ignore_conflicts=True)

    post_migrate.connect(put_back, sender=next(iter(apps.get_app_configs())), weak=False)

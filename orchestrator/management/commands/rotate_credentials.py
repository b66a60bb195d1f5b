"""Writes every stored credential anew under the newest key, so that older keys can be dropped."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from connectors import vault
from connectors.models import Connection
from orchestrator.models import SecondFactor


class Command(BaseCommand):
    help = (
        "Re-encrypts all stored credentials under the first key of CREDENTIAL_KEYS. "
        "Put the new key first, run this, then remove the old key."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, unreadable = 0, list[str]()
        connections = map(_connection, Connection.objects.order_by("pk").values_list("pk", flat=True))
        factors = map(_second_factor, SecondFactor.objects.order_by("pk").values_list("pk", flat=True))
        for rotated, failed in (*connections, *factors):
            done += rotated
            unreadable += failed
        self.stdout.write(f"{done} stored credentials are now under the newest key.")
        if unreadable:
            raise CommandError(
                f"{len(unreadable)} cannot be opened with the keys in CREDENTIAL_KEYS and stay as they are: "
                f"{'; '.join(unreadable)}. Bring the old key back, or enter these credentials again."
            )


@transaction.atomic
def _connection(pk: int) -> tuple[int, list[str]]:
    """One connection, locked, so that nobody's new credential is overwritten with an old one."""
    connection = Connection.objects.select_for_update().filter(pk=pk).first()
    if connection is None:
        return 0, []  # deleted meanwhile
    done, failed = 0, list[str]()
    for values in (connection.sealed, connection.renewed):
        for field, token in values.items():
            try:
                values[field] = vault.rotate(token)
                done += 1
            except vault.Unreadable:
                failed.append(f"{connection.store.slug}, {connection.vendor}, {field}")
    connection.save(update_fields=["sealed", "renewed"])
    return done, failed


@transaction.atomic
def _second_factor(pk: int) -> tuple[int, list[str]]:
    factor = SecondFactor.objects.select_for_update().filter(pk=pk).first()
    if factor is None:
        return 0, []  # switched off meanwhile
    try:
        factor.sealed = vault.rotate(factor.sealed)
    except vault.Unreadable:
        return 0, [f"second factor of {factor.user.get_username()}"]
    factor.save(update_fields=["sealed"])
    return 1, []

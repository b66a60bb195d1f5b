"""Tables of their own, for one thread: the same code, and nothing that it does is anybody's.

It is a temporary file of SQLite without a name, so memory stays bounded and the system clears it away, also
when the process dies. Credentials are not copied: what is played there could not call anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.models import Model

from connectors.models import Connection, Store
from orchestrator.decide import cart_flows
from rules.models import Rule, RuleVersion

APPS = ("contenttypes", "auth", "connectors", "rules", "orchestrator")
QUICK = "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; PRAGMA cache_size=-8192;"
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)  # since when every rule runs there


class Scratch:
    """Empty tables, in place of the thread's own within ``used``."""

    def __init__(self) -> None:
        wanted = {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:", "OPTIONS": {"init_command": QUICK}}
        configured = connections.configure_settings({DEFAULT_DB_ALIAS: wanted})
        self._database = DatabaseWrapper(configured[DEFAULT_DB_ALIAS])
        with self.used(), self._database.schema_editor() as editor:
            for name in APPS:
                for model in apps.get_app_config(name).get_models():
                    editor.create_model(model)

    @contextmanager
    def used(self) -> Iterator[None]:
        before = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = self._database
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = before

    def close(self) -> None:
        self._database.close()


class Cast:
    """The client as it is today, and the rules that run: read from its tables, written to others."""

    def __init__(self, store: Store, versions: Iterable[RuleVersion], until: datetime) -> None:
        """``versions`` run as if they had been live for ever; one of them may be of no table yet."""
        self._store = Store(**_values(store) | {"drain_token": "", "drain_until": None})
        rows = Connection.objects.filter(store=store).order_by("pk")
        self._connections = [Connection(**_values(row) | _unable(row, until)) for row in rows]
        self._rules, self._versions = [], []
        for number, version in enumerate(versions, 1):
            live = {"mode": Rule.Mode.LIVE, "version_id": number, "pass_due_at": None}
            always = {"id": number, "live_at": ALWAYS, "published_by_id": None}
            self._rules.append(Rule(**_values(version.rule) | live))
            self._versions.append(RuleVersion(**_values(version) | always))

    def enter(self) -> Store:
        """Write them to the tables that are used now; answers the client there."""
        rows: list[Model] = [self._store, *self._connections, *self._rules, *self._versions]
        with transaction.atomic():
            for row in rows:
                row.save_base(raw=True, force_insert=True)  # as it is: no time is set anew
        return self._store


def _values(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _unable(row: Connection, until: datetime) -> dict[str, object]:
    """Without keys; and what its flows did about left carts is taken to have been as it was seen last."""
    resources = {**row.resources, cart_flows.LOOKED_AT: until.isoformat()}
    return {"sealed": {}, "renewed": {}, "api_root": "", "resources": resources, "next_send_at": None}

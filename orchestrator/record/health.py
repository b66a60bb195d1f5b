"""A connection's health: every change of it is logged and, when bad, shown to staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors import connect
from connectors.errors import NotYet, TryLater, VendorError
from connectors.models import Connection
from connectors.types import Account
from orchestrator.record import attention, runlog

NOTED_AGAIN = timedelta(seconds=20)
QUIET = timedelta(minutes=15)


def works(connection: Connection, now: datetime, account: Account | None = None) -> None:
    """A call went well. What was noted a moment ago is not noted again."""
    is_known = connection.health == Connection.Health.HEALTHY and account is None
    if is_known and connection.healthy_at and now - connection.healthy_at < NOTED_AGAIN:
        return
    if is_quiet(connection, now):
        attention.clear("source_quiet", now=now, store_id=connection.store_id, reference=connection.vendor)
    if is_known and connect.note_again(connection, now):
        return
    was_down = connect.note_up(connection)
    has_changed = connect.note_success(connection, now, account)
    if was_down:
        _note("vendor_up", connection)
    if not has_changed:
        return
    attention.clear("connection_failing", now=now, store_id=connection.store_id, reference=connection.vendor)
    _note("connection_healthy", connection)


def fails(connection: Connection, error: VendorError, now: datetime) -> None:
    """A call went wrong in a way that concerns the whole connection.

    That the vendor is taken for down is noted once, until a call goes well again. What our own budget
    keeps back for a moment is no trouble.
    """
    if isinstance(error, TryLater) and error.is_down:
        if connect.note_down(connection, error, now):
            _note("vendor_down", connection)
        return
    if isinstance(error, NotYet):
        return
    changed = connect.note_failure(connection, error, now)
    needs_a_person = not isinstance(error, TryLater)
    if needs_a_person:
        sentence = f"{connection}: {error.sentence}"
        attention.call(
            "connection_failing", sentence, now=now, connection=connection, reference=connection.vendor
        )
    if changed:
        _note("connection_failing" if needs_a_person else "connection_waiting", connection)


def is_quiet(connection: Connection, now: datetime) -> bool:
    """Whether no call went well for long, whatever the reason."""
    quiet_for = max(timedelta(seconds=10 * connection.poll_every), QUIET)
    return now - (connection.healthy_at or connection.created_at) > quiet_for


def watch_quiet(connection: Connection, now: datetime) -> None:
    """A source that has not answered for long is shown, unless staff know already what is wrong."""
    if connection.health == Connection.Health.ATTENTION:
        return
    if not is_quiet(connection, now):
        attention.clear("source_quiet", now=now, store_id=connection.store_id, reference=connection.vendor)
        return
    last = connection.healthy_at or connection.created_at
    sentence = f"{connection}: nothing was heard since {last:%d %b %H:%M} UTC. Test the connection."
    attention.call("source_quiet", sentence, now=now, connection=connection, reference=connection.vendor)


def _note(code: str, connection: Connection) -> None:
    runlog.note(
        code,
        store_id=connection.store_id,
        vendor=connection.vendor,
        reference=f"connection:{connection.pk}",
        vendor_label=connection.label,
        finding=connection.finding or "connected",
    )

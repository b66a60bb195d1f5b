"""From a Connection row to a live vendor, and back: what its calls say about its health."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

import msgspec
import requests
from django import forms
from django.conf import settings

from connectors import brake, budget, deadline, http, registry, shadow, targets, timekeeper, tokens, vault
from connectors.errors import NeedsAttention, TryLater, VendorError
from connectors.limits import Breaker, Bucket, Gate, Left, Use
from connectors.models import Connection
from connectors.roles import Vendor
from connectors.types import Account

DOWN = "vendor_down"  # the error code of a connection whose vendor nobody calls for a while

_sessions: dict[int, tuple[str, requests.Session]] = {}
_sessions_lock = Lock()


@dataclass(frozen=True)
class Finding:
    """What one real call to the vendor showed."""

    ok: bool
    code: str
    sentence: str
    account: Account | None = None


def open(connection: Connection, wants: frozenset[str] = frozenset(), use: Use = Use.ACTING) -> Vendor:
    """A vendor ready to be called. Raises NeedsAttention when the stored settings cannot be used.

    ``use`` says what for: who only reads leaves room in the account's limits for who acts.
    """
    if timekeeper.is_virtual():
        raise NeedsAttention("What is played again calls nobody.", code="played_again")
    if shadow.is_on() and use is Use.ACTING:
        raise NeedsAttention("A rule in shadow changes nothing.", code="in_shadow")
    kind = _kind(connection)
    credentials = _credentials(connection, kind)
    root = connection.api_root or kind.root(credentials)
    try:
        targets.check(root, pattern=kind.hosts, allow_loopback=settings.ALLOW_LOOPBACK_VENDORS)
    except ValueError as error:
        raise NeedsAttention(f"{kind.label}: {error}", code="target_forbidden") from None
    session = _session(connection, root, credentials)
    gate = _gate(connection, kind, budget_key(connection, kind, credentials), use)
    renew = None
    if kind.needs_token(credentials):
        token = _tokens(connection, kind, credentials, root, session)
        credentials = token.usable()
        renew = partial(_replaced, token, kind, credentials)
    client = http.Client(
        root,
        kind.headers(credentials),
        allow_loopback=settings.ALLOW_LOOPBACK_VENDORS,
        deadline=settings.CALL_DEADLINE,
        session=session,
        label=kind.label,
        explain=kind.explain,
        renew=renew,
        gate=gate,
        may_change=partial(brake.ask, connection),
    )
    return kind(client, credentials, wants, connection.options)


def test(connection: Connection) -> Finding:
    """Make one real call and say in a sentence what came of it. Changes nothing here or there."""
    try:
        account = open(connection, use=Use.ASKED).account()
    except VendorError as error:
        return Finding(False, error.code, error.sentence)
    code = "scope_missing" if account.missing_scopes else "connected"
    return Finding(not account.missing_scopes, code, _sentence(account), account)


def note_success(connection: Connection, now: datetime, account: Account | None = None) -> bool:
    """Remember that a call went well; answers whether the health changed."""
    values: dict[str, Any] = {"error_code": "", "checked_at": now, "healthy_at": now, "failing_since": None}
    if account is not None:
        values |= {"account": msgspec.to_builtins(account), "finding": _sentence(account)[:500]}
    elif connection.health != Connection.Health.HEALTHY:
        values["finding"] = ""
    return _note(connection, Connection.Health.HEALTHY, values)


def note_again(connection: Connection, now: datetime) -> bool:
    """One more call of a healthy connection went well; False, and nothing written, if it was not healthy."""
    well = Connection.objects.filter(pk=connection.pk, health=Connection.Health.HEALTHY, error_code="")
    if not well.update(checked_at=now, healthy_at=now):
        return False
    connection.checked_at = connection.healthy_at = now
    return True


def note_failure(connection: Connection, error: VendorError, now: datetime) -> bool:
    """Remember what stops this connection; answers whether the health changed."""
    values: dict[str, Any] = {
        "finding": error.sentence[:500],
        "error_code": error.code[:60],
        "checked_at": now,
        "failing_since": connection.failing_since or now,
    }
    waits = isinstance(error, TryLater)
    return _note(connection, Connection.Health.WAITING if waits else Connection.Health.ATTENTION, values)


def note_down(connection: Connection, error: TryLater, now: datetime) -> bool:
    """Remember that nobody calls the vendor for a while; answers whether that is new."""
    values: dict[str, Any] = {
        "health": Connection.Health.WAITING,
        "finding": error.sentence[:500],
        "error_code": DOWN,
        "failing_since": connection.failing_since or now,
    }
    is_new = bool(Connection.objects.filter(pk=connection.pk).exclude(error_code=DOWN).update(**values))
    for name, value in values.items():
        setattr(connection, name, value)
    return is_new


def note_up(connection: Connection) -> bool:
    """A call went well; answers whether the vendor was taken for down until now."""
    return bool(Connection.objects.filter(pk=connection.pk, error_code=DOWN).update(error_code=""))


def credentials_form(vendor: str) -> type[forms.Form]:
    """The fields a vendor needs. Raises KeyError when no such vendor exists."""
    return registry.vendor_class(vendor).Credentials


def share(connection: Connection) -> float:
    """The part of the account's limits that is ours."""
    own: int | None = connection.share
    return own / 100 if own else settings.VENDOR_SHARE


@dataclass(frozen=True)
class Standing:
    """How an account stands: what is left of each limit that was used lately, and its breaker."""

    left: Sequence[tuple[Bucket, Left]] = ()
    breaker: Breaker = field(default_factory=Breaker)


def standings(connections: Iterable[Connection], now: datetime) -> dict[int, Standing]:
    """By connection, in one query; nothing of those whose credentials cannot be read."""
    keys: dict[int, str] = {}
    rows = {each.pk: each for each in connections}
    for pk, row in rows.items():
        with suppress(NeedsAttention):
            kind = _kind(row)
            keys[pk] = budget_key(row, kind, _credentials(row, kind))
    known = budget.read(keys.values())
    return {pk: _standing(rows[pk], known[key], now) for pk, key in keys.items() if key in known}


def _standing(connection: Connection, account: budget.Account, now: datetime) -> Standing:
    left = [
        (each, each.left(account.buckets[each.name], now.timestamp(), share=share(connection)))
        for each in _kind(connection).buckets
        if each.name in account.buckets
    ]
    return Standing(left, account.breaker)


def budget_key(connection: Connection, kind: type[Vendor], credentials: Mapping[str, str]) -> str:
    """A fingerprint of whoever's limits these are, at that address."""
    payer = kind.payer(credentials, str(connection.account.get("account_id") or ""))
    text = json.dumps([kind.slug, connection.api_root, payer or sorted(credentials.items())])
    return hashlib.sha256(text.encode()).hexdigest()


def _gate(connection: Connection, kind: type[Vendor], key: str, use: Use) -> Gate:
    return budget.Budget(
        kind,
        key,
        share=share(connection),
        use=use,
        deadline=settings.CALL_DEADLINE,
        patience=settings.CALL_DEADLINE if use is Use.READING else 0.0,
    )


def _kind(connection: Connection) -> type[Vendor]:
    try:
        return registry.vendor_class(connection.vendor)
    except KeyError:
        raise NeedsAttention(
            f"There is no vendor named “{connection.vendor}”. Delete this connection.", code="vendor_unknown"
        ) from None


def _credentials(connection: Connection, kind: type[Vendor]) -> dict[str, str]:
    try:
        credentials = connection.credentials()
    except vault.Unreadable as error:
        raise NeedsAttention(
            f"{kind.label}: {error} Enter the credentials again.", code="credentials_unreadable"
        ) from None
    fields = kind.Credentials.base_fields
    missing = [name for name, field in fields.items() if field.required and not credentials.get(name)]
    if missing:
        raise NeedsAttention(
            f"{kind.label}: {', '.join(missing)} is missing. Enter it in the connection.",
            code="credentials_missing",
        )
    return {name: credentials.get(name, "") for name in fields}


def _tokens(
    connection: Connection,
    kind: type[Vendor],
    credentials: dict[str, str],
    root: str,
    session: requests.Session,
) -> tokens.Tokens:
    """The exchange is made without any header of ours, at the same address."""
    client = http.Client(
        root,
        {},
        allow_loopback=settings.ALLOW_LOOPBACK_VENDORS,
        deadline=settings.CALL_DEADLINE,
        session=session,
        label=kind.label,
        explain=kind.explain,
    )
    return tokens.Tokens(connection, credentials, root, partial(kind.renew, client))


def _replaced(token: tokens.Tokens, kind: type[Vendor], held: dict[str, str]) -> dict[str, str]:
    """Headers with a new token, after the vendor refused the one that is held."""
    held.update(token.replaced(held))
    return kind.headers(held)


def _session(connection: Connection, root: str, credentials: Mapping[str, str]) -> requests.Session:
    """One kept session for each connection of this process; new credentials mean a new one."""
    allow_loopback = settings.ALLOW_LOOPBACK_VENDORS
    if connection.pk is None:
        return deadline.new_session(allow_loopback=allow_loopback)
    text = json.dumps([connection.vendor, root, allow_loopback, sorted(credentials.items())])
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    with _sessions_lock:
        known, session = _sessions.get(connection.pk, ("", None))
        if session is None or known != fingerprint:
            session = deadline.new_session(allow_loopback=allow_loopback)
            _sessions[connection.pk] = (fingerprint, session)
        return session


def _sentence(account: Account) -> str:
    details = ", ".join(each for each in (account.timezone, account.currency) if each)
    sentence = f"Connected to {account.name}" + (f" ({details})." if details else ".")
    if account.missing_scopes:
        sentence += f" Missing scope: {', '.join(account.missing_scopes)} – make a new key with it."
    return sentence


def _note(connection: Connection, health: Connection.Health, values: dict[str, Any]) -> bool:
    """Write only these columns, so that nothing else anybody saved meanwhile is lost."""
    row = Connection.objects.filter(pk=connection.pk)
    has_changed = bool(row.exclude(health=health).update(health=health, **values))
    if not has_changed:
        row.update(**values)
    for name, value in {"health": health, **values}.items():
        setattr(connection, name, value)
    return has_changed

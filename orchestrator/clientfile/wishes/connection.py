"""A connection: what the file asks of its row, with credentials completed by those that are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings

from connectors import registry, targets, vault
from connectors.models import Connection, Store
from connectors.roles import Vendor
from orchestrator.clientfile import credentials
from orchestrator.clientfile.diff import Item
from orchestrator.clientfile.parts import Part
from orchestrator.clientfile.problems import Problems
from orchestrator.record import rotation

KEYS = ("api_root", "poll_every", "token")


class ConnectionWish(msgspec.Struct):
    """``row`` carries the new values; ``sealing`` is put into it when its store has a key."""

    row: Connection
    item: Item
    sealing: dict[str, str] = {}
    columns: list[str] = []

    def save(self, store: Store, now: datetime) -> None:
        if not self.item.is_change:
            return
        self.row.store = store
        self.row.replace(self.sealing, now)
        self.row.save(update_fields=None if self.item.is_new else ["sealed", "rotated_at", *self.columns])
        rotation.look(self.row, now)


def compare(
    part: Part, stored: Connection | None, now: datetime, problems: Problems
) -> ConnectionWish | None:
    """None when the file does not say which vendor it means."""
    slug = part.values.get("vendor")
    if slug is None:
        return None
    row = stored or Connection(vendor=slug)
    wish = ConnectionWish(row, Item(f"connection {slug}", is_new=stored is None))
    _take_credentials(wish, part, registry.vendor_class(slug), problems)
    for key in KEYS:
        if key in part.values:
            wish.item.take(row, key, part.values[key])
        elif stored is not None and getattr(row, key):
            wish.item.left.append(key)
    wish.columns = [key for key in KEYS if key in wish.item.changed]
    _take_options(wish, part)
    _check_token(part, stored, problems)
    if stored is not None and (wish.sealing or "api_root" in wish.item.changed):
        wish.columns += _untested(row, now)
    return wish


def _take_credentials(wish: ConnectionWish, part: Part, vendor: type[Vendor], problems: Problems) -> None:
    given: Part = part.values.get("credentials") or Part(part.line_of("credentials"), {}, {})
    stored = _stored(wish.row)
    form = vendor.Credentials({**stored, **given.values})
    count = len(problems)
    credentials.told(form, given, problems)
    cleaned = {name: str(value) for name, value in form.cleaned_data.items() if value is not None}
    for name, field in form.fields.items():
        old, new = stored.get(name, ""), cleaned.get(name, "")
        if name not in given.values:
            wish.item.left += [name] if old else []
        elif old == new:
            wish.item.kept.append(name)
        else:
            wish.sealing[name] = new
            wish.item.note(name, old, new, is_secret=credentials.is_secret(field))
    if len(problems) == count and len(given.values) == len(given.lines):
        _check_target(part, given, vendor, wish.row, cleaned, problems)


def _take_options(wish: ConnectionWish, part: Part) -> None:
    given: Part = part.values.get("options") or Part(part.line_of("options"), {}, {})
    old = dict(wish.row.options)
    wish.row.options = {name: told for name, told in {**old, **given.values}.items() if told}
    for name in given.values:
        if old.get(name, "") == given.values[name]:
            wish.item.kept.append(name)
        else:
            wish.item.note(name, old.get(name, ""), given.values[name])
    wish.item.left += [name for name in old if name not in given.values]
    wish.columns += ["options"] if wish.row.options != old else []


def _stored(row: Connection) -> dict[str, str]:
    """What cannot be opened any more counts as missing, so that a file can set it anew."""
    try:
        return row.credentials()
    except vault.Unreadable:
        row.sealed = {}
        return {}


def _check_target(
    part: Part,
    given: Part,
    vendor: type[Vendor],
    row: Connection,
    cleaned: dict[str, str],
    problems: Problems,
) -> None:
    api_root = part.values.get("api_root", row.api_root)
    if "api_root" in part.lines and "api_root" not in part.values:
        return  # told already
    try:
        targets.check(
            api_root or vendor.root(cleaned),
            pattern=vendor.hosts,
            allow_loopback=settings.ALLOW_LOOPBACK_VENDORS,
        )
    except ValueError as error:
        line = part.line_of("api_root") if api_root else given.line
        problems.add(line, f"{'api_root' if api_root else 'credentials'}: {error}")


def _check_token(part: Part, stored: Connection | None, problems: Problems) -> None:
    token = part.values.get("token")
    owner = Connection.objects.filter(token=token).first() if token else None
    if owner is not None and owner != stored:
        problems.add(part.line_of("token"), "token: Another connection uses it already; choose another one.")


def _untested(row: Connection, now: datetime) -> list[str]:
    """Nothing that was found with the old credentials counts for the new ones. Answers the columns."""
    fresh: dict[str, Any] = {
        "health": Connection.Health.UNTESTED,
        "finding": "",
        "error_code": "",
        "checked_at": None,
        "failing_since": None,
        "webhooks_checked_at": None,
        "webhook_topics": [],
        "next_sweep_at": None,
        "account": {},
        "next_poll_at": now,
    }
    for column, value in fresh.items():
        setattr(row, column, value)
    return list(fresh)

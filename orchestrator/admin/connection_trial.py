"""New credentials are tried before they take the place of some that work."""

from __future__ import annotations

from copy import copy

import msgspec

from connectors import connect, registry
from connectors.models import Connection
from connectors.roles import Chat
from connectors.types import Account
from orchestrator.admin.connection_form import ConnectionForm, stored_credentials


class Trial(msgspec.Struct, frozen=True):
    """``refusal`` is why they should not be stored, "" where nothing speaks against it. ``row`` was called
    with them, and may have been given a token that can be fetched only once."""

    refusal: str = ""
    row: Connection | None = None


def of(form: ConnectionForm, stored: Connection) -> Trial:
    """What stands in a valid form, if it would change how the vendor is called. It makes a real call, so it
    stands outside of any transaction."""
    given, before = form.given(), stored_credentials(stored)
    is_same = all(before.get(name) == value for name, value in given.items())
    if is_same and form.cleaned_data.get("api_root", stored.api_root) == stored.api_root:
        return Trial()
    candidate = copy(form.instance)
    candidate.pk = None  # nothing is written to the row that works
    candidate.seal(given)
    finding = connect.test(candidate)
    if finding.account is None:
        return Trial(f"{finding.sentence} What is stored still works, and stays as it is.")
    return Trial(_another_account(stored, finding.account), candidate)


def _another_account(stored: Connection, found: Account) -> str:
    """How far it was read and who is on which list belongs to one account, and is wrong for another."""
    known = str(stored.account.get("account_id") or "")
    is_chat = registry.vendor_class(stored.vendor).role == Chat.role
    if is_chat or not known or not found.account_id or found.account_id == known:
        return ""
    name = stored.account.get("name") or known
    return (
        f"These belong to another account, {found.name}; this connection is to {name}. "
        "What was read and held there would be taken for that of the other."
    )

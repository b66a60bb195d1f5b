"""What a client's connected accounts show about each question of the assessment, with the facts behind it.

Yes, no or "cannot see": a tool that is not connected, not readable, or not able to tell never makes a no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec

from connectors import connect
from connectors.automations import Automation
from connectors.errors import TryLater, VendorError
from connectors.models import Connection, Store
from connectors.roles import Helpdesk, Marketing
from orchestrator.decide import signs
from rules.models import Rule

YES, NO, UNSEEN = "yes", "no", "unseen"
T = TypeVar("T")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one question. Plain values: the assessment stores them as they are."""

    answer: str  # yes | no | unseen
    facts: tuple[str, ...]


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """What was read. None: it could not be seen, and ``unseen`` says why."""

    ours: tuple[signs.OurRule, ...]
    flows: tuple[Automation, ...] | None = None
    segments: tuple[Automation, ...] | None = None
    desk: tuple[Automation, ...] | None = None
    unseen: Mapping[str, str] = {}  # source → a sentence
    is_whole: bool = True


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Question → what is seen. Not whole: a vendor asked us to wait, so another look shows more."""

    seen: dict[str, Seen]
    is_whole: bool


def gather(store: Store) -> Evidence:
    """Calls the vendors; none of their errors leaves this function."""
    accounts = read(store)
    return Evidence(seen=judge(accounts), is_whole=accounts.is_whole)


def judge(accounts: Accounts) -> dict[str, Seen]:
    return {sign.question: _seen(sign, accounts) for sign in signs.SIGNS}


def read(store: Store) -> Accounts:
    unseen: dict[str, str] = {}
    later: set[str] = set()
    rows = {row.role: row for row in Connection.objects.active().filter(store=store).order_by("-pk")}
    marketing, helpdesk = rows.get(Marketing.role), rows.get(Helpdesk.role)
    return Accounts(
        ours=tuple(_ours(store)),
        flows=_read(marketing, signs.FLOWS, _automations, unseen, later),
        segments=_read(marketing, signs.SEGMENTS, _segments, unseen, later),
        desk=_read(helpdesk, signs.DESK, _automations, unseen, later),
        unseen=unseen,
        is_whole=not later,
    )


def _ours(store: Store) -> Iterable[signs.OurRule]:
    live = Rule.objects.filter(store=store, mode=Rule.Mode.LIVE, version__isnull=False)
    for rule in live.select_related("version").order_by("pk"):
        if rule.version is not None:
            yield signs.OurRule(name=rule.name, recipe=rule.version.recipe, params=rule.version.params)


def _automations(vendor: Marketing | Helpdesk) -> Iterable[Automation]:
    return vendor.automations()


def _segments(vendor: Marketing | Helpdesk) -> Iterable[Automation]:
    return vendor.segments() if isinstance(vendor, Marketing) else ()


def _read(
    connection: Connection | None,
    source: str,
    ask: Callable[[Marketing | Helpdesk], Iterable[Automation]],
    unseen: dict[str, str],
    later: set[str],
) -> tuple[Automation, ...] | None:
    if connection is None:
        unseen[source] = f"{signs.TOLD[source]} cannot be seen: no such tool is connected."
        return None
    try:
        vendor = connect.open(connection)
        if isinstance(vendor, Marketing | Helpdesk):
            return tuple(ask(vendor))
    except VendorError as error:
        if isinstance(error, TryLater):
            later.add(source)
        unseen[source] = f"{signs.TOLD[source]} cannot be seen. {error.sentence}"
    return None


def _seen(sign: signs.Sign, accounts: Accounts) -> Seen:
    own = [f"Our rule “{each.name}” ({each.recipe}) is live." for each in accounts.ours if sign.counts(each)]
    found = [
        fact
        for source, rows in _sources(accounts).items()
        if source in sign.finds
        for fact in sign.finds[source](rows)
    ]
    if own or found:
        return Seen(answer=YES, facts=(*own, *found))
    hidden = [accounts.unseen.get(source, "") for source in sign.needs if source in accounts.unseen]
    if hidden or not sign.needs:
        return Seen(answer=UNSEEN, facts=(*hidden, *([sign.limit] if sign.limit else [])))
    looked = [
        f"{len(rows)} {signs.TOLD[source].lower()} read."
        for source, rows in _sources(accounts).items()
        if source in sign.needs
    ]
    return Seen(answer=NO, facts=(sign.absent, *looked))


def _sources(accounts: Accounts) -> dict[str, tuple[Automation, ...]]:
    every = {signs.FLOWS: accounts.flows, signs.SEGMENTS: accounts.segments, signs.DESK: accounts.desk}
    return {source: rows for source, rows in every.items() if rows is not None}

"""How things shall be: what a batch's rules wish is compared with the newest wish for the same thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from orchestrator.act import order
from orchestrator.models import OutboxAction, RunLogEntry

Setting = tuple[int, str]  # connection and fingerprint
Reasons = Mapping[str, Sequence[str]]  # code → names of effects within the rule


class Wish(NamedTuple):
    """``row`` is the effect, planned only if it is news; ``yes`` its line for the run log if it is.

    ``no`` makes one line of all that is none, of one rule and change: from reasons and their effects.
    """

    row: OutboxAction
    takes_back: bool
    yes: RunLogEntry
    no: Callable[[Reasons], RunLogEntry]


class Wishes:
    """The outbox is the memory of what was wished, so one query answers for the whole batch."""

    def __init__(self) -> None:
        self._new: list[Wish] = []

    def add(self, wish: Wish) -> None:
        self._new.append(wish)

    def settle(self, entries: list[RunLogEntry]) -> list[OutboxAction]:
        """The effects that are news. Of the others the line that said yes is replaced in ``entries``."""
        if not self._new:
            return []
        last = _newest(each.row for each in self._new)
        planned: list[OutboxAction] = []
        refused: dict[tuple[str, int | None, str], tuple[Wish, defaultdict[str, list[str]]]] = {}
        silent: set[int] = set()
        for wish in self._new:
            row, before = wish.row, last.get(_setting(wish.row))
            if reason := _needless(wish, before):
                about = (row.trace, row.rule_id, row.change)
                _, reasons = refused.setdefault(about, (wish, defaultdict(list)))
                reasons[reason].append(row.effect_key)
                silent.add(id(wish.yes))
                continue
            # Wished again after something else was: another effect, though the change may be the same.
            row.key = f"{row.key}:{_digest(before.key) if before else ''}"
            last[_setting(row)] = row
            planned.append(row)
        lines = {id(wish.yes): wish.no(reasons) for wish, reasons in refused.values()}
        told = (lines.get(id(each)) if id(each) in silent else each for each in entries)
        entries[:] = [each for each in told if each is not None]
        self._new = []
        return planned


def _needless(wish: Wish, before: OutboxAction | None) -> str:
    if before is None:
        return "never_set" if wish.takes_back else ""
    is_so = (before.action, before.arguments) == (wish.row.action, wish.row.arguments)
    return "set_already" if is_so else ""


def _newest(rows: Iterable[OutboxAction]) -> dict[Setting, OutboxAction]:
    settings = {_setting(row) for row in rows}
    known = OutboxAction.objects.seen().filter(
        connection__in={connection for connection, _ in settings},
        setting__in={setting for _, setting in settings},
        state__in=order.COUNTS,
    )
    columns = known.only("connection_id", "setting", "key", "action", "arguments")
    return {_setting(row): row for row in columns.order_by("planned_for", "id")}


def _digest(key: str) -> str:
    return blake2b(key.encode(), digest_size=6).hexdigest()


def _setting(row: OutboxAction) -> Setting:
    return (row.connection_id, row.setting)

"""A stage of the work: it looks for rows that something is due for, and does it for each in a slot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from assessment.models import Assessment
from connectors.models import Connection, Store
from orchestrator import outage
from orchestrator.act.clock import running
from orchestrator.models import Backtest, ExportJob, Inventory
from orchestrator.record import attention, runlog
from orchestrator.slots import Job, Rank, slots

log = logging.getLogger(__name__)

Row = Connection | Store | Assessment | Inventory | Backtest | ExportJob
NO_ROW = (0,)  # what a stage that is about no row names when it has something to do


@dataclass(frozen=True)
class Stage:
    """``do`` is called with each row that ``due`` names, and answers how much it did.

    ``soon`` answers in how many seconds the row has something due again, None = not before the next tick.
    """

    due: Callable[[datetime], Iterable[int]]
    do: Callable[[Any, datetime], int]
    of: type[Row] | None = Connection
    rank: Rank = Rank.FOREGROUND
    then: Sequence[Stage] = ()  # of the same client, for what was done
    soon: Callable[[Any, datetime], float | None] | None = None
    gathers: bool = False  # waits a moment for what is under way for the same client
    is_sliced: bool = False  # comes again at once while there is more, so that others get in between

    def __call__(self, now: datetime) -> int:
        """Do all that is due and wait for it; answers how much was done."""
        return sum(each.result() for each in self._begin(self._due(now), now, goes_on=False))

    def begin(self, now: datetime) -> list[Future[int]]:
        """Do it without waiting, and go on with what follows from it."""
        return self._begin(self._due(now), now, goes_on=True)

    def _follow(self, owner: int, now: datetime) -> None:
        """What is due for this client by now."""
        owners = {owner: owner} if self.of is Store else self._owners(list(self.due(now)))
        self._begin({pk: of for pk, of in owners.items() if of == owner}, now, goes_on=True)

    def _begin(self, owners: Mapping[int, int], now: datetime, *, goes_on: bool) -> list[Future[int]]:
        clock = running(now) if goes_on else lambda: now
        jobs = [self._job(pk, owner, clock, goes_on) for pk, owner in owners.items()]
        if transaction.get_connection().in_atomic_block:
            return [_in_place(job) for job in jobs]  # other threads would not see what it has written
        return [slots.begin(job) for job in jobs]

    def _job(self, pk: int, owner: int, clock: Callable[[], datetime], goes_on: bool) -> Job:
        run = partial(self._run, pk, owner, clock, goes_on)
        name = f"{self.do.__module__}.{self.do.__name__}"
        return Job(name, pk, owner, self.rank, run, self.gathers)

    def _run(self, pk: int, owner: int, clock: Callable[[], datetime], goes_on: bool) -> int:
        if (row := self._load(pk)) is None and self.of is not None:
            return 0  # deleted since
        count = self._guarded(row, clock())
        if goes_on and count:
            for stage in self.then:
                stage._follow(owner, clock())
        if goes_on and self.is_sliced and count:
            slots.begin(self._job(pk, owner, clock, goes_on))
        if goes_on and self.soon and (after := self.soon(row, clock())) is not None:
            slots.begin(self._job(pk, owner, clock, goes_on), after)
        return count

    def _load(self, pk: int) -> Any:
        if self.of is None:
            return None
        rows: QuerySet[Any] = self.of._default_manager.filter(pk=pk)
        return (rows if self.of is Store else rows.select_related("store")).first()

    def _due(self, now: datetime) -> dict[int, int]:
        return self._owners(list(self.due(now)))

    def _owners(self, ids: Sequence[int]) -> dict[int, int]:
        """Whose share each takes, in the same order; of tools, only those that are switched on."""
        if self.of is None or not ids:
            return dict.fromkeys(ids, 0)
        if self.of is Store:
            return {pk: pk for pk in ids}
        in_use: QuerySet[Any] = (
            Connection.objects.active() if self.of is Connection else self.of._default_manager.all()
        )
        owners = dict(in_use.filter(pk__in=ids).values_list("pk", "store_id"))
        return {pk: owners[pk] or 0 for pk in ids if pk in owners}

    def _guarded(self, row: Any, now: datetime) -> int:
        """What we did not foresee is logged and shown; the next round tries again."""
        try:
            return self.do(row, now)
        except Exception as error:
            if outage.cause_of(error):
                raise  # nothing that this row can be blamed for, and nothing could be written about it
            do = self.do
            pk = row.pk if row is not None else 0
            log.exception("A stage of work failed", extra={"stage": do.__name__, "row": pk})
            told = f"{do.__module__}.{do.__name__} failed for {pk} ({type(error).__name__})."
            if attention.call("system_failed", told, now=now, reference=f"{do.__name__}:{pk}"):
                runlog.note("system_failed", store_id=None, told=told)
            return 0


class Stages(tuple[Stage, ...]):
    """Several that belong together."""

    def __call__(self, now: datetime) -> int:
        return sum(stage(now) for stage in self)

    def begin(self, now: datetime) -> list[Future[int]]:
        return [each for stage in self for each in stage.begin(now)]


def _in_place(job: Job) -> Future[int]:
    done: Future[int] = Future()
    done.set_result(job.run())
    return done

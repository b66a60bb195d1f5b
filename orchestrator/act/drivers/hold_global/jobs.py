"""Suppression jobs that are under way: found again when their answer was lost, and told ours from theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from connectors.errors import NotFound
from connectors.models import Connection
from connectors.roles import Marketing
from connectors.types import EmailState, Job
from orchestrator.act.holding import Batch, chunks
from orchestrator.models import VendorState

LIFTED = "somebody lifted the suppression of this person, or the person subscribed again"
BEGIN_AGAIN = "the job did not do it; it is begun again"
FINISHED = "suppression_jobs"  # among a connection's resources
KEPT = 100

States = dict[str, EmailState]
Rows = Sequence[VendorState]


def read(vendor: Marketing, rows: Rows) -> States:
    """What the vendor knows of these people now."""
    found: States = {}
    for chunk in chunks(rows, vendor.lookup_batch):
        found |= vendor.email_states([row.subject for row in chunk])
    return found


def asked_at(rows: Rows, states: States, now: datetime) -> datetime:
    """When these were read, on the vendor's clock: our job began later."""
    moments = [state.read_at for row in rows if (state := states.get(row.subject)) and state.read_at]
    return min(moments, default=now)


def find_lost_answers(vendor: Marketing, batch: Batch) -> None:
    """A call that broke off may have begun a job: one of that time and size, that shows in its people.

    Two calls of one size may have broken off together, and only one may have arrived. So a job whose people
    show nothing of it is not taken, and one that may still come to show is waited for.
    """
    doubtful = [row for row in batch.open if row.is_in_doubt]
    for alike in _grouped(doubtful, [(row.call, row.asked_at) for row in doubtful]):
        found = _unknown_jobs(vendor, batch.connection, alike)
        states = read(vendor, alike) if found else {}
        job = next((each for each in found if _shows(each, alike, states)), None)
        if job is None and any(_may_come_to_show(each, states) for each in found):
            batch.wait(alike)
            continue
        for row in alike:
            row.is_in_doubt = False
            row.receipt = job.receipt if job else ""
            row.asked_at = row.asked_at if job else None
        if job:  # a worker that dies after this asks about it again; once over, nobody looks for it any more
            batch.remember(alike)


def _unknown_jobs(vendor: Marketing, connection: Connection, rows: Rows) -> list[Job]:
    """The oldest first."""
    since = rows[0].asked_at
    if since is None:
        return []
    running = VendorState.objects.filter(connection=connection).exclude(receipt="")
    taken = {*running.values_list("receipt", flat=True), *connection.resources.get(FINISHED, ())}
    jobs = vendor.suppression_jobs(lifting=bool(rows[0].seen), since=since)
    return [job for job in reversed(jobs) if job.receipt not in taken and job.total in (len(rows), 0)]


def _shows(job: Job, rows: Rows, states: States) -> bool:
    if rows[0].seen:
        return job.is_done and any(_by_hand(states.get(row.subject)) != row.seen_at for row in rows)
    began_at = job.began_at or rows[0].asked_at
    return any(_is_of(job, began_at, states.get(row.subject)) for row in rows)


def _may_come_to_show(job: Job, states: States) -> bool:
    return not job.is_done or any(_is_fresh(job, state) for state in states.values())


def confirm(vendor: Marketing, batch: Batch) -> None:
    """Ask about the jobs; where one is through, each of its people is read again."""
    waiting = [row for row in batch.open if row.receipt]
    groups = _grouped(waiting, [row.receipt for row in waiting])
    asked = [(_ask(vendor, rows[0].receipt), rows) for rows in groups]
    _remember_finished(batch.connection, [job.receipt for job, _ in asked if job.is_done])
    for job, rows in asked:
        if job.is_done:
            _settle(vendor, batch, job, rows)
        else:
            batch.wait(rows)


def _settle(vendor: Marketing, batch: Batch, job: Job, rows: Rows) -> None:
    states = read(vendor, rows)
    if rows[0].seen:
        _lifted(batch, rows, states)
    else:
        _suppressed(batch, job, rows, states)


def _remember_finished(connection: Connection, receipts: Sequence[str]) -> None:
    """So that none of them is taken for a job whose answer was lost."""
    if not receipts:
        return
    with transaction.atomic():
        newest = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        known = [*newest.resources.get(FINISHED, ()), *receipts]
        connection.resources = {**newest.resources, FINISHED: known[-KEPT:]}
        connection.save(update_fields=["resources"])


def _ask(vendor: Marketing, receipt: str) -> Job:
    try:
        return vendor.suppression_job(receipt)
    except NotFound:  # the vendor keeps jobs for some days only
        return Job(receipt=receipt, is_done=True, is_cancelled=True)


def _suppressed(batch: Batch, job: Job, rows: Rows, states: States) -> None:
    """Ours is what began while our job ran, unless the job says that it passed somebody over."""
    began_at = job.began_at or rows[0].asked_at
    ran = [row for row in rows if _is_of(job, began_at, states.get(row.subject))]
    is_sure = job.skipped <= len(rows) - len(ran)
    absent = [row for row in rows if row.subject in states and not states[row.subject].suppressions]
    _not_there(batch, job, absent, states)
    for row in batch.among(rows):
        row.receipt, row.asked_at = "", None
        stamp = _by_hand(states.get(row.subject))
        if row in absent or row.subject not in states:
            continue
        if stamp is None or (began_at and _latest(stamp) < began_at):
            row.seen, row.prior = True, True  # somebody was faster
        else:
            row.seen, row.prior, row.seen_at = True, False, stamp if row in ran and is_sure else None


def _not_there(batch: Batch, job: Job, rows: Rows, states: States) -> None:
    """The job is through and these are not suppressed. Who is not wanted any more is done with."""
    wanted = [row for row in rows if row.wanted]
    fresh = [row for row in wanted if _is_fresh(job, states[row.subject])]
    for row in wanted:
        row.receipt, row.asked_at = (row.receipt, row.asked_at) if row in fresh else ("", None)
    batch.wait(fresh)
    gone = [row for row in wanted if row not in fresh]
    if job.is_cancelled:
        batch.wait(gone, BEGIN_AGAIN)
    else:
        batch.lost(gone, LIFTED)


def _is_fresh(job: Job, state: EmailState) -> bool:
    """What a job just did may not be seen yet."""
    if job.is_cancelled or job.ended_at is None or state.read_at is None:
        return False
    return _latest(state.read_at) - job.ended_at < timedelta(seconds=settings.SETTLE_SECONDS)


def _lifted(batch: Batch, rows: Rows, states: States) -> None:
    still = [row for row in rows if _by_hand(states.get(row.subject)) == row.seen_at]
    for row in rows:
        row.receipt, row.asked_at = "", None
        if row not in still:
            row.seen, row.seen_at = False, None
    batch.wait([row for row in still if not row.wanted], BEGIN_AGAIN)


def _by_hand(state: EmailState | None) -> datetime | None:
    """Since when somebody (or we) suppressed this person."""
    stamps = [each.at for each in state.suppressions if each.is_by_hand] if state else []
    return next((stamp for stamp in stamps if stamp), None)


def _is_of(job: Job, began_at: datetime | None, state: EmailState | None) -> bool:
    """Whether the suppression that is there began while the job ran."""
    stamp = _by_hand(state)
    ended_at = job.ended_at or (state.read_at if state and not job.is_cancelled else None)
    if stamp is None or began_at is None or ended_at is None:
        return False
    return began_at <= _latest(stamp) and stamp <= _latest(ended_at)


def _latest(moment: datetime) -> datetime:
    """What was cut to the second may have been at its end."""
    return moment if moment.microsecond else moment + timedelta(seconds=1)


def _grouped(rows: Rows, keys: Iterable[Hashable]) -> list[list[VendorState]]:
    found: defaultdict[Hashable, list[VendorState]] = defaultdict(list)
    for row, key in zip(rows, keys, strict=True):
        found[key].append(row)
    return list(found.values())

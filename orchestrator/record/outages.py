"""Tells staff of what no row could be written about while it lasted."""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestrator import outage
from orchestrator.models import RunLogEntry
from orchestrator.outage import Cause, Outage
from orchestrator.record import attention, runlog

LONG = timedelta(minutes=1)
NEEDS_A_PERSON = {Cause.FULL, Cause.TABLES}


def tell(now: datetime) -> int:
    """One line in the run log for each, and an alarm where it was long or needs a person.

    Where even this cannot be written, it is not over, and the next round tries again. What another process
    wrote about meanwhile is told. A lock that was waited for in vain is nobody's business unless it lasts.
    """
    count = 0
    for each in outage.untold():
        lasted = each.until - each.since
        if each.cause in NEEDS_A_PERSON or lasted >= LONG:
            _call(each, now)
        if (each.cause is not Cause.LOCKED or lasted >= LONG) and not _is_told(each):
            runlog.note("outage", store_id=None, cause=each.cause.value, told=_told(each))
        outage.forget(each)
        count += 1
    return count


def _is_told(each: Outage) -> bool:
    told = RunLogEntry.objects.filter(code="outage", at__gte=each.since, details__cause=each.cause.value)
    return told.exists()


def _call(each: Outage, now: datetime) -> None:
    sentence = f"{_told(each)}. Nothing was lost."
    attention.call("outage", sentence, now=now, reference=each.cause.value)


def _told(each: Outage) -> str:
    return f"{each.cause.sentence} ({each.since:%d %b %H:%M:%S} to {each.until:%d %b %H:%M:%S} UTC)"

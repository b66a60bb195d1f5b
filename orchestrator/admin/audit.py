"""Who did what in the console: one line of kind "staff" in the run log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from orchestrator.record import runlog


def note(request: HttpRequest, code: str, told: str, *, store_id: int | None, **fields: Any) -> None:
    runlog.note(code, store_id=store_id, by=request.user.get_username(), told=told, **fields)


def say(request: HttpRequest, told: str, store_ids: Sequence[int | None], one: str, many: str) -> None:
    """What an action on several rows did: to the person, and to the run log of each client."""
    if not store_ids:
        messages.warning(request, "There was nothing to do about these.")
        return
    messages.success(request, f"You {told} {counted(len(store_ids), one, many)}.")
    for store_id, count in Counter(store_ids).items():
        note(request, "work_retried", f"{told} {counted(count, one, many)}", store_id=store_id)


def counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"

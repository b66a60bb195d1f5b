"""Writes the run log: append only, in bulk."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import msgspec

from connectors import shadow, timekeeper
from orchestrator.models import RunLogEntry, bulk
from orchestrator.record import codes
from orchestrator.record.codes import CODES

log = logging.getLogger(__name__)
AS_LIVE = {"decided_no", "condition_unreadable", "rule_broken"}
LOUD = {RunLogEntry.Outcome.FAILED, RunLogEntry.Outcome.RETRYING}


def entry(
    code: str,
    *,
    store_id: int | None,
    outcome: str = "",
    rule: str = "",
    rule_version: int | None = None,
    vendor: str = "",
    subject: str = "",
    reference: str = "",
    trace: str = "",
    attempt: int = 0,
    **details: Any,
) -> RunLogEntry:
    """One line, not yet written. ``details`` fill the code's sentence and stand in the export."""
    details = msgspec.to_builtins(details, str_keys=True)
    if shadow.is_on():
        code, details = _would(code, vendor, details)
    known = CODES[code]
    return RunLogEntry(
        at=timekeeper.wall(),
        store_id=store_id,
        kind=known.kind,
        outcome=outcome or known.outcome,
        code=code,
        rule=rule,
        rule_version=rule_version,
        vendor=vendor,
        subject=subject,
        reference=reference,
        trace=trace,
        attempt=attempt,
        details=details,
    )


def _would(code: str, vendor: str, details: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """As what a line of a rule in shadow is told. A "no" is one, whether the rule is live or not."""
    if code in AS_LIVE:
        return code, details
    if code == "decided_yes":
        return "decided_would", details
    told = codes.sentence_for(code, {"vendor_label": vendor.capitalize(), **details})
    return "went_on_in_shadow", {**details, "code": code, "would": told}


def record(entries: Iterable[RunLogEntry]) -> None:
    entries = list(entries)
    bulk.append(entries)
    if timekeeper.is_virtual():
        return  # it is told in what it is played for
    for each in entries:
        if each.outcome in LOUD:
            about = {"trace": each.trace, "store": each.store_id, "vendor": each.vendor}
            log.warning(each.code, extra=about)


def note(code: str, **fields: Any) -> None:
    """Write one line at once."""
    record([entry(code, **fields)])

"""The stable codes of the run log, each with the sentence that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orchestrator.record import places
from orchestrator.record.codes import broken, campaigns, capabilities, limits, sequences, setup, staff, table
from orchestrator.record.codes.table import Code

if TYPE_CHECKING:
    from orchestrator.models import RunLogEntry

__all__ = ["CODES", "Code", "sentence", "sentence_for"]


CODES = {
    **table.CODES,
    **sequences.CODES,
    **campaigns.CODES,
    **capabilities.CODES,
    **limits.CODES,
    **setup.CODES,
    **staff.CODES,
    **broken.CODES,
}


class _Named(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "…"


def sentence_for(code: str, details: Mapping[str, Any]) -> str:
    """The sentence of an entry. A code of a later version falls back to its own name."""
    known = CODES.get(code)
    return known.sentence.format_map(_Named(details)) if known else code.replace("_", " ")


def sentence(entry: RunLogEntry) -> str:
    known = {"vendor_label": entry.vendor.capitalize(), "place": places.place("hold_list")}
    return sentence_for(entry.code, {**known, **entry.details})

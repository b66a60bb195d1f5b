"""How many stories a property test tries: few in ``make test``, more where HYPOTHESIS_PROFILE says so."""

from __future__ import annotations

import os

PROFILES = ("quick", "more", "thorough")


def tried(quick: int, more: int, thorough: int) -> int:
    """The number for this run. Raises KeyError for a profile that does not exist."""
    chosen = os.environ.get("HYPOTHESIS_PROFILE") or "quick"
    return dict(zip(PROFILES, (quick, more, thorough), strict=True))[chosen]

"""Below which stock a product has to be ordered, and how that came about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rules import velocity
from rules.velocity import Pace


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Stock below ``threshold`` is low. ``reckoning`` says how that came about, ``seen`` gives numbers."""

    threshold: int
    reckoning: str = ""
    details: tuple[tuple[str, str], ...] = ()
    seen: Mapping[str, Any] = {}


def by_sales(found: Pace, lead_days: int, safety: int) -> Line:
    """Early enough that the goods are there when the last but the safety stock is sold."""
    at = velocity.point(found, lead_days, safety)
    left_out = f"; {days(found.out_days)} without stock left out" if found.out_days else ""
    sold = f"{found.a_day:.2f} a day ({found.units} in {days(found.days)}{left_out})"
    numbers = {"a_day": f"{found.a_day:.4f}", "lead_days": lead_days, "safety_stock": safety}
    return Line(
        threshold=velocity.threshold(at),
        reckoning=f"{sold} × {days(lead_days)} of lead time + {safety} = {at:.1f}.",
        details=(("Sells", sold), ("Lead time", days(lead_days)), ("Safety stock", str(safety))),
        seen={**_seen(found), **numbers, "reorder_point": f"{at:.2f}"},
    )


def too_early(found: Pace, threshold: int, least_days: int) -> Line:
    """The fixed threshold, said to be so."""
    known = f"{days(found.days)} of sales are known, {least_days} are needed"
    return Line(
        threshold=threshold,
        reckoning=f"The fixed threshold: only {known}.",
        details=(("Too early to tell by sales", known),),
        seen=_seen(found),
    )


def days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _seen(found: Pace) -> dict[str, Any]:
    return {"sold": found.units, "days": found.days, "days_without_stock": found.out_days}

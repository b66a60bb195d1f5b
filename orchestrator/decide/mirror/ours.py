"""Our own actions on an object: what a newer snapshot shows of them is no news."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.types import AnySnapshot
from rules.actions.base import AnyAction


def is_shown(action: AnyAction, told: AnySnapshot) -> bool:
    """Whether this is so at the vendor."""
    return action.imprint(told, told) == told


def explains(action: AnyAction, known: AnySnapshot, told: AnySnapshot) -> bool:
    """Whether this is a part of what changed."""
    return is_shown(action, told) and action.imprint(known, told) != known


def expected(known: AnySnapshot, told: AnySnapshot, ours: Sequence[AnyAction]) -> AnySnapshot:
    """What we knew, with everything that we did and that shows by now.

    What differs still is somebody else's doing. What we did and does not show (not arrived yet, or
    overwritten since) is left out, so no order of actions and snapshots has to be known.
    """
    for action in ours:
        if is_shown(action, told):
            known = action.imprint(known, told)
    return known

"""The rules in shadow, beside those at work: in the same world, with rows of their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from typing import TYPE_CHECKING

from connectors import shadow
from connectors.types import AnySnapshot
from orchestrator.act import stops
from orchestrator.decide.enrolments import Enrolments
from orchestrator.decide.heard import Heard
from orchestrator.decide.once import Onces
from orchestrator.decide.rations import Rations
from orchestrator.decide.wishes import Wishes
from rules import engine, publish
from rules.compiled import CompiledRule
from rules.engine import Rulebook

if TYPE_CHECKING:
    from orchestrator.decide.world import World


def rulebook(store_id: int) -> Rulebook:
    """The client's rules that decide on the side that is worked on."""
    book = stops.applied(publish.compiled_for([store_id])[store_id])
    return book.in_shadow() if shadow.is_on() else book


def versions(keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], CompiledRule]:
    """These versions, as they are on the side that is worked on."""
    found = publish.compiled_versions(keys)
    return {key: engine.from_shadow(each) for key, each in found.items()} if shadow.is_on() else found


def world(
    real: World, references: Collection[str], subjects: Collection[str], told: Sequence[AnySnapshot]
) -> World | None:
    """What the rules in shadow see, None where none is: what is learned of people and things is shared."""
    book = real.rulebook.in_shadow()
    if not book.rules:
        return None
    side = copy(real)
    with shadow.cast():
        side.rulebook = book
        side.plans, side.entries, side.alarms = [], [], {}
        side.wishes, side.onces, side.rations, side.enrolments = Wishes(), Onces(), Rations(), Enrolments()
        side.heard = Heard(real.store.pk, real.now, real.people)
        side.open_books(references, subjects, told)
    return side

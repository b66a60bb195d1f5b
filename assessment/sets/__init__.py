"""Every set of questions there ever was, by version. Results stay readable because none is taken away."""

from __future__ import annotations

from assessment.catalog import QuestionSet
from assessment.sets import first

ALL: dict[str, QuestionSet] = {each.version: each for each in (first.SET,)}
CURRENT = first.SET


def by_version(version: str) -> QuestionSet:
    """Raises LookupError with a sentence when a set was taken away that results still need."""
    if version not in ALL:
        raise LookupError(
            f"There is no set of questions {version}. Put its module back into assessment/sets."
        )
    return ALL[version]

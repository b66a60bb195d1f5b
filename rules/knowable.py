"""What a change can tell of: a field that it never can is a mistake, and said when the rule is saved."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.types import Transition
from rules.sentences import TRANSITIONS, listed, quoted

PARTS = {"stock": ("product",), "product": ("product",), "customer": ("customer",)}


def parts(when: Transition) -> tuple[str, ...]:
    """The things whose fields may be known then: what changed, and whose it is."""
    if when is Transition.PRODUCT_VIEWED:
        return ("product", "customer")
    about = when.partition(".")[0]
    return PARTS.get(about, (about, "customer"))


def complaint(fields: Iterable[str], when: Transition) -> str:
    """A sentence that names the fields that are never known then, "" when there is none."""
    known = parts(when)
    never = sorted({name for name in fields if name.partition(".")[0] not in known})
    if not never:
        return ""
    told = listed([quoted(name) for name in never])
    return f"{told} can never be known when {TRANSITIONS[when]}; fields of {listed(known)} can."

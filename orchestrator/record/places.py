"""Where a hold shows at a vendor, in words: by the key of the vendor state that carries it."""

from __future__ import annotations

PLACES = {"hold_list": "the hold list", "hold_global": "the suppression list"}

# What staff should know of a place beside its name.
STRICTNESS = {
    "hold_global": "Stricter than the hold list: no e-mail of the whole account, whatever flow or campaign "
    "sends it. SMS is not stopped",
}


def place(key: str) -> str:
    """For the middle of a sentence: on the hold list."""
    return PLACES.get(key, key.replace("_", " "))

"""Where a hold shows at a vendor, in words: by the key of the vendor state that carries it."""

from __future__ import annotations

NAMES = {
    "hold_list": "hold list",
    "hold_global": "suppression list",
    "hold_campaign": "list of held campaigns",
    "hold_catalog": "list of hidden catalog items",
}

# What staff should know of a place beside its name.
STRICTNESS = {
    "hold_global": "Stricter than the hold list: no e-mail of the whole account, whatever flow or campaign "
    "sends it. SMS is not stopped",
}


def name(key: str) -> str:
    return NAMES.get(key, key.replace("_", " "))


def place(key: str) -> str:
    """For the middle of a sentence: on the hold list."""
    return f"the {name(key)}"

"""What ledger and run log call a person: their address, or a telephone number where they gave none."""

from __future__ import annotations

import re

PHONE = "phone:"
_WHOLE = re.compile(r"\+[1-9]\d{6,14}")  # E.164: with the country, as every tool can read it
_SPACING = re.compile(r"[\s().\-/]")


def number(told: str) -> str:
    """The number as all tools write it; "" where it names no country or is none."""
    plain = _SPACING.sub("", told)
    return plain if _WHOLE.fullmatch(plain) else ""


def of_phone(told: str) -> str:
    """ "" for what is no whole number."""
    whole = number(told)
    return f"{PHONE}{whole}" if whole else ""


def phone_of(subject: str) -> str:
    """The number that it names; "" for an address, and for what is nobody."""
    return number(subject.removeprefix(PHONE)) if subject.startswith(PHONE) else ""


def typed(term: str) -> str:
    """Whom somebody means who types an address or a number with its country; "" for anything else."""
    asked = term.strip().lower()
    return asked if "@" in asked else of_phone(asked.removeprefix(PHONE))

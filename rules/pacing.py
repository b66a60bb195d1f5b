"""What staff may tune of what customers hear: when it is quiet, and how often one person hears from us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
from django import forms
from django.core.exceptions import ValidationError

from rules import hours, reasons, zones
from rules.facts import Facts

WINDOW = timedelta(hours=24)
FIELDS = ("quiet_from", "quiet_to", "most_per_day")
QUIET_FROM = "Nothing is sent from this hour on, such as 21:00 …"
QUIET_TO = "… until this one. Leave both empty to send at any hour."
MOST = "At most so many of our messages to one person in 24 hours, whichever rule they are from."


class ClockField(forms.RegexField):
    """A time of day such as 21:00, kept as it was written; empty: none."""

    def __init__(self, **options: Any) -> None:
        told = {"invalid": "Needs a time of day such as 21:00."}
        super().__init__(r"\A([01]\d|2[0-3]):[0-5]\d\Z", required=False, error_messages=told, **options)


class Pacing(forms.Form):
    """The fields that all sequences share."""

    quiet_from = ClockField(initial="21:00", help_text=QUIET_FROM)
    quiet_to = ClockField(initial="08:00", help_text=QUIET_TO)
    most_per_day = forms.IntegerField(min_value=1, max_value=50, initial=2, help_text=MOST)

    def __init__(self, *args: Any, **options: Any) -> None:
        """What a recipe asks for itself stands first, then what it shares with others, part by part."""
        super().__init__(*args, **options)
        shared = [name for part in type(self).__bases__ for name in getattr(part, "base_fields", ())]
        self.order_fields([*(name for name in self.fields if name not in shared), *shared])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if bool(values.get("quiet_from")) != bool(values.get("quiet_to")):
            raise ValidationError({"quiet_to": "Quiet hours need a beginning and an end, or neither."})
        return values


class OptionalPacing(Pacing):
    """The same for rules that write at any hour unless staff say otherwise: empty at first.

    What is empty is left out of what is stored, so that rules from before these fields stay as they were.
    """

    quiet_from = ClockField(initial="", help_text=QUIET_FROM)
    quiet_to = ClockField(initial="", help_text=QUIET_TO)
    most_per_day = forms.IntegerField(
        required=False, min_value=1, max_value=50, help_text=f"{MOST} Empty: as many as there are."
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        return {name: value for name, value in values.items() if value or name not in FIELDS}


class Turn(msgspec.Struct, frozen=True):
    """When something may be said, and why not before: "" when nothing keeps it back."""

    at: datetime
    reason: str
    zone: str
    zone_source: str


def turn(params: Mapping[str, Any], facts: Facts, sent: Sequence[datetime], now: datetime) -> Turn:
    """``sent`` are the times of our messages to this person, whichever rule they are from."""
    zone, source = zones.of(facts)
    quiet = _clock(params.get("quiet_from")), _clock(params.get("quiet_to"))
    at = _free(params.get("most_per_day"), sent, now)
    reason = "sent_enough" if at > now else ""
    open_at = hours.next_open(at, zone, *quiet)
    if open_at > at:
        reason = reason or "quiet_hours"
    return Turn(at=open_at, reason=reason, zone=zone.key, zone_source=source)


def applies(params: Mapping[str, Any]) -> bool:
    return any(params.get(name) for name in FIELDS)


def told(turn: Turn) -> dict[str, Any]:
    """Why something waits, and on whose clock, for the run log."""
    return {
        "why": reasons.told(turn.reason),
        "reason": turn.reason,
        "until": turn.at,
        "timezone": turn.zone,
        "timezone_source": turn.zone_source,
    }


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _free(most: int | None, sent: Sequence[datetime], now: datetime) -> datetime:
    recent = sorted(each for each in sent if each > now - WINDOW)
    if most is None or len(recent) < most:
        return now
    return recent[-most] + WINDOW

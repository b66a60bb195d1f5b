"""What staff may tune of every sequence: when it is quiet, and how often one person may hear from us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
from django import forms
from django.core.exceptions import ValidationError

from rules import hours

WINDOW = timedelta(hours=24)


class ClockField(forms.RegexField):
    """A time of day such as 21:00, kept as it was written; empty: none."""

    def __init__(self, **options: Any) -> None:
        told = {"invalid": "Needs a time of day such as 21:00."}
        super().__init__(r"\A([01]\d|2[0-3]):[0-5]\d\Z", required=False, error_messages=told, **options)


class Pacing(forms.Form):
    """The fields that all sequences share."""

    quiet_from = ClockField(initial="21:00", help_text="Nothing is sent from this hour on, such as 21:00 …")
    quiet_to = ClockField(
        initial="08:00", help_text="… until this one. Leave both empty to send at any hour."
    )
    most_per_day = forms.IntegerField(
        min_value=1,
        max_value=50,
        initial=2,
        help_text="At most so many of our messages to one person in 24 hours, whichever rule they are from.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        """What a recipe asks for itself stands first."""
        super().__init__(*args, **options)
        self.order_fields([name for name in self.fields if name not in Pacing.base_fields])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if bool(values.get("quiet_from")) != bool(values.get("quiet_to")):
            raise ValidationError({"quiet_to": "Quiet hours need a beginning and an end, or neither."})
        return values


class Turn(msgspec.Struct, frozen=True):
    """When a step may be taken, and why not before: "" when nothing keeps it back."""

    at: datetime
    reason: str
    zone: str
    zone_source: str


def turn(params: Mapping[str, Any], timezone: str, sent: Sequence[datetime], now: datetime) -> Turn:
    """``sent`` are the times of our messages to this person."""
    zone, source = hours.zone_of(timezone)
    quiet = _clock(params.get("quiet_from")), _clock(params.get("quiet_to"))
    at = _free(params.get("most_per_day"), sent, now)
    reason = "sent_enough" if at > now else ""
    open_at = hours.next_open(at, zone, *quiet)
    if open_at > at:
        reason = reason or "quiet_hours"
    return Turn(at=open_at, reason=reason, zone=zone.key, zone_source=source)


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _free(most: int | None, sent: Sequence[datetime], now: datetime) -> datetime:
    recent = sorted(each for each in sent if each > now - WINDOW)
    if most is None or len(recent) < most:
        return now
    return recent[-most] + WINDOW

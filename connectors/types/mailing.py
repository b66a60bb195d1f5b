"""What a rule needs in the marketing tool to reach anybody, in no vendor's words, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Paragraph(msgspec.Struct, frozen=True):
    """``{name}`` in the text stands for a property of the event. With ``only_with`` it is shown only to
    those whose event has something in that property."""

    text: str
    only_with: str = ""


class Mailing(msgspec.Struct, frozen=True, kw_only=True, tag="mailing"):
    """A message that an event starts, with a first draft of it that people change there.

    ``things`` names the property that lists what it is about (``title``, ``quantity``, ``url``), ``link``
    a property with an address and ``link_text`` what stands on it. ``sample`` is what an event may hold.
    ``is_needed``: without the message the rule reaches nobody.
    """

    metric: str
    channel: str  # email | sms
    subject: str = ""
    preview: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    things: str = ""
    link: str = ""
    link_text: str = ""
    sample: Mapping[str, Any] = {}
    is_needed: bool = True

    @property
    def name(self) -> str:
        """What it is called there: an event of an account belongs to one message."""
        return f"Orchestrator: {self.metric}"


class Segment(msgspec.Struct, frozen=True, kw_only=True, tag="segment"):
    """People whose profile says something. ``value``: true, a text, or for so many days (a number) past."""

    name: str
    property: str
    value: bool | int | str

    is_needed = False


SetUp = Mailing | Segment


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found or made there. ``step`` is one of the vendor's ``set_up_steps``."""

    step: str
    id: str
    name: str
    is_new: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line for staff: what was looked at, how it is, and what they still have to do about it.

    ``ours``: it is missing, and setting it up makes it. ``is_vital``: without it nobody is reached.
    """

    what: str
    is_done: bool
    told: str
    to_do: str = ""
    ours: bool = False
    is_vital: bool = True

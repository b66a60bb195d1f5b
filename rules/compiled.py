"""A rule as the engine knows it: from a published version or from an unsaved form alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec
from django import forms

from connectors.types import Transition
from rules.decision import Answer
from rules.facts import Facts
from rules.limits import Limits


class Recipe(Protocol):
    """What a module in ``rules.recipes`` offers."""

    slug: str
    label: str
    Params: type[forms.Form]
    steers: frozenset[str]  # kinds of things whose state follows from the rule, also when it goes live

    def hears(self, params: Mapping[str, Any]) -> frozenset[Transition]:
        """The transitions a rule with these parameters wants to be asked about."""

    def wants(self, params: Mapping[str, Any]) -> frozenset[str]:
        """Details that cost extra calls to read, such as ticket.intents."""

    def needs(self, params: Mapping[str, Any]) -> frozenset[str]:
        """What it has no use without, beside hearing one of what it hears: the capabilities that its actions
        ask for, its ways to hold, and what it cannot decide without knowing."""

    def sentence(self, params: Mapping[str, Any]) -> str:
        """The rule in one plain sentence."""

    def decide(self, facts: Facts, params: Mapping[str, Any]) -> Iterable[Answer]:
        """Pure: what should happen, or why not."""


class CompiledRule(msgspec.Struct, frozen=True, kw_only=True):
    """``params`` are cleaned values. ``live_at`` is None while the rule never was live."""

    rule_id: int
    name: str
    version: int
    recipe: Recipe
    params: Mapping[str, Any]
    mode: str  # draft | shadow | live | paused | stopped
    live_at: datetime | None = None
    hears: frozenset[Transition] = frozenset()
    limits: Limits = Limits()

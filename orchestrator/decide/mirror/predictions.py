"""Predictions: nothing has happened to anybody, so they are told to nobody. Rules look at them."""

from __future__ import annotations

from connectors.types import PredictionSnapshot
from orchestrator.decide.mirror.told import Told


def told(old: PredictionSnapshot | None, new: PredictionSnapshot) -> list[Told]:
    return []

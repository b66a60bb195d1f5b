"""Tickets as Gorgias shows them, named after the situation they are in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).resolve().parents[3] / "payloads" / "gorgias"
NAMES = sorted(path.stem for path in PAYLOADS.glob("ticket_*.json"))


def payload(name: str) -> dict[str, Any]:
    return dict(json.loads((PAYLOADS / f"{name}.json").read_text()))
